import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseSync } from '@swc/core';

export interface Import {
  /** The importing file, from the repository's root. */
  readonly from: string;
  /** The imported file from the repository's root, or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

/** Every import, re-export and dynamic import of the TypeScript files below the folders. */
export function readImports(folders: readonly string[]): Import[] {
  return folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap(importsOf);
}

function importsOf(file: string): Import[] {
  const syntaxTree = parseSync(readFileSync(file, 'utf8'), {
    syntax: 'typescript',
    tsx: file.endsWith('x'),
    target: 'es2022',
  });
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean) =>
    found.push({
      from: file,
      to: specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier,
      typeOnly,
    });
  visit(syntaxTree, (node) => {
    switch (node['type']) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration': {
        const source = node['source'] as { value: string } | null;
        if (source !== null) add(source.value, isTypeOnly(node));
        break;
      }
      case 'CallExpression': {
        const [argument] = node['arguments'] as { expression: { type: string; value: string } }[];
        const isImport = (node['callee'] as { type: string }).type === 'Import';
        if (isImport && argument?.expression.type === 'StringLiteral') add(argument.expression.value, false);
        break;
      }
    }
  });
  return found;
}

/** `import type …`, or an import whose every name is marked as a type. */
function isTypeOnly(node: Record<string, unknown>): boolean {
  const specifiers = (node['specifiers'] ?? []) as { isTypeOnly?: boolean }[];
  return node['typeOnly'] === true || (specifiers.length > 0 && specifiers.every((each) => each.isTypeOnly === true));
}

function visit(value: unknown, see: (node: Record<string, unknown>) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see);
  } else if (typeof value === 'object' && value !== null) {
    const node = value as Record<string, unknown>;
    if (typeof node['type'] === 'string') see(node);
    for (const key of Object.keys(node)) visit(node[key], see);
  }
}
