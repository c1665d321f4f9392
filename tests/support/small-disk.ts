/** A disk of its own for a device, small enough to be filled: a file system in memory, where one may be mounted. */
import { execFile } from 'node:child_process';
import { cp, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class SmallDisk implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Moves a folder that no program uses onto it. Null where this user or system can't mount one. */
  static async under(folder: string, mebibytes: number): Promise<SmallDisk | null> {
    const copy = `${folder}-before`;
    await cp(folder, copy, { recursive: true });
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]);
    } catch {
      return null;
    } finally {
      await cp(copy, folder, { recursive: true });
      await rm(copy, { recursive: true });
    }
    return new SmallDisk(folder);
  }

  /** Leaves this many bytes. */
  async fill(bytesLeft: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#folder);
    await writeFile(this.#ballast, Buffer.alloc(Math.max(0, bavail * bsize - bytesLeft)));
  }

  async makeRoom(): Promise<void> {
    await rm(this.#ballast);
  }

  get #ballast(): string {
    return path.join(this.#folder, 'ballast');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('umount', ['-l', this.#folder]);
  }
}
