import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package, from the source tree and from the compiled one alike. */
export function packageFolder(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error('The package of zava has no package.json above its code.');
    folder = parent;
  }
  return folder;
}

export const findPackageJSON = (): string => path.join(packageFolder(), 'package.json');

/** `zava 0.1.0`, as manifests name what wrote them. */
export function programName(): string {
  const { name, version } = JSON.parse(readFileSync(findPackageJSON(), 'utf8')) as { name: string; version: string };
  return `${name} ${version}`;
}

/** `0.1.0` */
export const programVersion = (): string => programName().split(' ')[1] ?? '';
