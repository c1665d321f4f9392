/** The work space of one query: what all queries share, and whether this one may use the disk. */
import type { BoundName, WorkSpace } from '../spill/work-space.ts';
import type { Services } from './command.ts';

export function workSpaceFor(
  { work, parameters }: Pick<Services, 'work' | 'parameters'>,
  allowDiskUse: boolean | undefined,
): WorkSpace {
  return {
    memory: work.memory,
    own: { bytes: 0 },
    spill: (allowDiskUse ?? parameters.get('allowDiskUseByDefault') === true) ? work.spill : null,
    bytesMax: (bound: BoundName) => parameters.number(bound),
  };
}
