/** What was entered on a count sheet and is not saved yet: kept in the browser, so that a dead battery loses no walk. */
const keyOf = (aisle: string) => `zava.worker.count.${aisle}`;

export type CountDraft = Readonly<Record<string, number>>;

export const countDraft = {
  /** Product id → units found. */
  of(aisle: string): CountDraft {
    try {
      const draft: unknown = JSON.parse(localStorage.getItem(keyOf(aisle)) ?? '{}');
      return typeof draft === 'object' && draft !== null ? (draft as CountDraft) : {};
    } catch {
      return {};
    }
  },
  keep(aisle: string, draft: CountDraft): void {
    if (Object.keys(draft).length === 0) localStorage.removeItem(keyOf(aisle));
    else localStorage.setItem(keyOf(aisle), JSON.stringify(draft));
  },
};
