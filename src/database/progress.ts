/** How far a long piece of work is. */
export interface WorkProgress {
  /** What is being done: `loading`, `indexes`. */
  readonly phase: string;
  readonly done: number;
  readonly total?: number;
  /** What is counted: `documents`, `indexes`, `bytes`. */
  readonly unit: string;
}

export type OnProgress = (progress: WorkProgress) => void;
