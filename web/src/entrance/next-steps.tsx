import { ChartNoAxesCombined, Footprints, type LucideIcon } from 'lucide-react';
import { Link } from 'wouter';
import { entranceWords } from '../words/entrance.ts';

const words = entranceWords.next;

/** Where a visitor goes from the entrance. */
export function NextSteps() {
  return (
    <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
      <NextStep href="/tour" icon={Footprints} title={words.tour} text={words.tourText} />
      <NextStep href="/dashboard" icon={ChartNoAxesCombined} title={words.dashboard} text={words.dashboardText} />
    </div>
  );
}

function NextStep(props: { href: string; icon: LucideIcon; title: string; text: string }) {
  const Icon = props.icon;
  return (
    <Link
      href={props.href}
      className="flex items-center gap-4 rounded-2xl border border-line bg-panel p-5 transition-colors duration-100 hover:border-brand"
    >
      <Icon aria-hidden className="size-7 shrink-0 text-brand" strokeWidth={1.75} />
      <span className="min-w-0">
        <span className="block font-semibold">{props.title}</span>
        <span className="block text-quiet">{props.text}</span>
      </span>
    </Link>
  );
}
