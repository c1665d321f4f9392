import { useEffect, useState } from 'react';
import type { CompanyDevice } from '../../../../src/headquarters/api.ts';
import type { TourChapter, TourStep } from '../../words/tour.ts';

const STORAGE_KEY = 'zava.tour';

/** Steps that are done: `<chapter>/<index>`. */
type Done = ReadonlySet<string>;

export const stepKey = (chapter: TourChapter, index: number): string => `${chapter.id}/${index}`;

export const isChapterDone = (chapter: TourChapter, done: Done): boolean =>
  chapter.steps.every((_step, index) => done.has(stepKey(chapter, index)));

/** Whether the devices show that a step was done. */
export function isSeen(step: TourStep, devices: readonly CompanyDevice[]): boolean {
  const device = devices.find(({ id }) => id === step.device);
  if (device === undefined || step.until === undefined) return false;
  switch (step.until) {
    case 'cut':
      return device.state === 'cut';
    case 'online':
      return device.state === 'online';
    case 'turned away':
      return device.state === 'refused' || !device.isAllowed;
    case 'waiting':
      return device.pendingOperations > 0;
    case 'nothing waiting':
      return device.pendingOperations === 0;
  }
}

/** What was ticked, kept in this browser. */
export function useTourProgress() {
  const [done, setDone] = useState<Done>(
    () => new Set(JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]') as string[]),
  );
  useEffect(() => localStorage.setItem(STORAGE_KEY, JSON.stringify([...done])), [done]);
  const tick = (key: string, isDone: boolean) =>
    setDone((before) => {
      if (before.has(key) === isDone) return before;
      const next = new Set(before);
      if (isDone) next.add(key);
      else next.delete(key);
      return next;
    });
  return { done, tick, startOver: () => setDone(new Set()) };
}
