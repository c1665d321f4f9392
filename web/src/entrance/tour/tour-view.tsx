import { ArrowLeft, ArrowRight, Check, CircleCheck, RotateCcw } from 'lucide-react';
import { Checkbox } from 'radix-ui';
import { type ReactNode, useEffect, useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import { Button } from '../../shared/components/button.tsx';
import { useShortcuts } from '../../shared/shortcuts.ts';
import { type TourChapter, type TourStep, tourWords as words } from '../../words/tour.ts';
import { AccessButton } from '../devices/access-button.tsx';
import { AppLink } from '../devices/device-card.tsx';
import { useDevices } from '../devices/devices-api.ts';
import { NetworkSwitch } from '../devices/network-switch.tsx';
import { isChapterDone, isSeen, stepKey, useTourProgress } from './tour-progress.ts';

const { chapters } = words;

/** The guided tour: the chapters at the side, one of them open. */
export function TourView({ chapterId }: { chapterId: string | undefined }) {
  const { done, tick, startOver } = useTourProgress();
  const [, navigate] = useLocation();
  const at = Math.max(
    0,
    chapters.findIndex(({ id }) => id === chapterId),
  );
  const chapter = chapters[at] as TourChapter;
  const go = (to: number) => chapters[to] !== undefined && navigate(`/tour/${chapters[to].id}`);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `go` is made of these.
  useShortcuts(useMemo(() => ({ ArrowRight: () => go(at + 1), ArrowLeft: () => go(at - 1) }), [at]));
  const doneCount = chapters.filter((one) => isChapterDone(one, done)).length;
  return (
    <div>
      <header className="mb-6">
        <h1 className="text-3xl font-semibold tracking-tight sm:text-4xl">{words.title}</h1>
        <p className="mt-2 max-w-3xl text-lg text-quiet">{words.explain}</p>
      </header>
      <div className="grid grid-cols-1 gap-6 lg:grid-cols-[19rem_1fr]">
        <nav aria-label={words.title} className="order-2 lg:order-1">
          <p className="tabular mb-2 text-sm text-quiet">{words.progress(doneCount, chapters.length)}</p>
          <ol className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-panel">
            {chapters.map((one, index) => (
              <li key={one.id}>
                <Link
                  href={`/tour/${one.id}`}
                  aria-current={one === chapter ? 'page' : undefined}
                  className="flex min-h-11 items-center gap-3 px-4 py-2 text-sm aria-[current=page]:bg-brand-soft aria-[current=page]:font-semibold"
                >
                  <span className="tabular w-5 shrink-0 text-right text-quiet">
                    {isChapterDone(one, done) ? (
                      <CircleCheck role="img" aria-label={words.done} className="size-5 text-brand" />
                    ) : (
                      index + 1
                    )}
                  </span>
                  {one.title}
                </Link>
              </li>
            ))}
          </ol>
          <Button look="quiet" icon={RotateCcw} onClick={startOver} className="mt-2">
            {words.startOver}
          </Button>
        </nav>
        <Chapter chapter={chapter} number={at + 1} done={done} tick={tick}>
          <Button icon={ArrowLeft} disabled={at === 0} onClick={() => go(at - 1)}>
            {words.previous}
          </Button>
          <Button look="primary" icon={ArrowRight} disabled={at === chapters.length - 1} onClick={() => go(at + 1)}>
            {words.next}
          </Button>
        </Chapter>
      </div>
    </div>
  );
}

interface ChapterProps {
  readonly chapter: TourChapter;
  readonly number: number;
  readonly done: ReadonlySet<string>;
  readonly tick: (key: string, isDone: boolean) => void;
  readonly children: ReactNode;
}

function Chapter({ chapter, number, done, tick, children }: ChapterProps) {
  const devices = useDevices();
  const next = chapter.steps.findIndex((_step, index) => !done.has(stepKey(chapter, index)));
  // One after the other: a device that is online already has not come back yet.
  useEffect(() => {
    const step = chapter.steps[next];
    if (step !== undefined && devices !== null && isSeen(step, devices)) tick(stepKey(chapter, next), true);
  }, [chapter, next, devices, tick]);
  return (
    <section
      aria-labelledby="chapter-title"
      className="order-1 rounded-2xl border border-line bg-panel p-5 sm:p-8 lg:order-2"
    >
      <p className="tabular text-sm text-quiet">{words.chapterOf(number, chapters.length)}</p>
      <h2 id="chapter-title" className="mt-1 text-2xl font-semibold tracking-tight">
        {chapter.title}
      </h2>
      <p className="mt-2 max-w-2xl text-lg">{chapter.why}</p>
      <ol className="mt-6 space-y-3">
        {chapter.steps.map((step, index) => (
          <Step
            key={stepKey(chapter, index)}
            step={step}
            isDone={done.has(stepKey(chapter, index))}
            isNext={index === next}
            onTick={(isDone) => tick(stepKey(chapter, index), isDone)}
          />
        ))}
      </ol>
      <div className="mt-8 flex flex-wrap justify-between gap-3">{children}</div>
    </section>
  );
}

interface StepProps {
  readonly step: TourStep;
  readonly isDone: boolean;
  readonly isNext: boolean;
  readonly onTick: (isDone: boolean) => void;
}

function Step({ step, isDone, isNext, onTick }: StepProps) {
  const devices = useDevices();
  const device = devices?.find(({ id }) => id === step.device);
  return (
    <li className={`flex gap-3 rounded-xl border p-3 sm:p-4 ${isNext ? 'border-brand' : 'border-line'}`}>
      <Checkbox.Root
        checked={isDone}
        onCheckedChange={(checked) => onTick(checked === true)}
        aria-label={words.tick(step.text)}
        className="-m-2 flex size-11 shrink-0 cursor-pointer items-center justify-center"
      >
        <span
          className={`flex size-6 items-center justify-center rounded-full border-2 ${isDone ? 'border-brand bg-brand text-on-brand' : 'border-quiet'}`}
        >
          {isDone && <Check aria-hidden className="size-4" />}
        </span>
      </Checkbox.Root>
      <div className="min-w-0 flex-1">
        <p className={isDone ? 'text-quiet' : ''}>{step.text}</p>
        {!isDone && (device !== undefined || step.dashboard !== undefined) && (
          <div className="mt-2 flex flex-wrap items-center gap-x-5 gap-y-2">
            {device !== undefined && <AppLink device={device} />}
            {device !== undefined && <NetworkSwitch device={device} />}
            {device !== undefined && step.withAccess === true && <AccessButton device={device} />}
            {step.dashboard !== undefined && (
              <Link
                href={step.dashboard}
                className="inline-flex min-h-11 items-center rounded-xl border border-line px-4 font-medium"
              >
                {words.openDashboard}
              </Link>
            )}
          </div>
        )}
      </div>
    </li>
  );
}
