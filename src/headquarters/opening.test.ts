import { describe, expect, test } from 'vitest';
import { Opening } from './opening.ts';

const twoSteps = [
  { id: 'generate', title: 'Make the data' },
  { id: 'validate', title: 'Check the data' },
];

describe('opening the company', () => {
  test('[HQ1] it is open when every step is done or was not needed', () => {
    const opening = new Opening(twoSteps);
    opening.start('generate');
    expect(opening.state.state).toBe('opening');
    opening.finish('generate');
    opening.skip('validate', 'Checked before.');
    expect(opening.state.state).toBe('open');
  });

  test('[HQ1] a failed step names the fault and its fix, and the rest stays waiting', () => {
    const opening = new Opening(twoSteps);
    opening.start('generate');
    opening.fail('generate', { code: 'DISK_FULL', message: 'The disk is full.', fix: 'Free some space.' });
    expect(opening.state).toMatchObject({
      state: 'failed',
      problem: { code: 'DISK_FULL', fix: 'Free some space.' },
      steps: [{ state: 'failed' }, { state: 'waiting' }],
    });
  });

  test('[HQ2] a listener hears the present state at once and every change after it, until it leaves', () => {
    let nowMs = 1_000;
    const opening = new Opening(twoSteps, () => nowMs);
    const heard: (number | null)[] = [];
    const leave = opening.subscribe((state) => heard.push(state.steps[0]?.seconds ?? null));
    opening.start('generate');
    nowMs += 2_500;
    opening.progress('generate', { done: 10, total: 40 });
    leave();
    opening.finish('generate');
    expect(heard).toEqual([null, null, 2.5]);
  });
});
