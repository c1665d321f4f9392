import { ArrowLeft } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { commonWords as words } from '../../words/common.ts';

/** The page of a visit that was opened first leaves the focus where the browser puts it. */
const firstPath = window.location.pathname;
let hasNavigated = false;

interface PageHeadingProps {
  readonly title: string;
  /** Where "back" leads to; nothing at the top level. */
  readonly backHref?: string;
  /** Back is needed on phones alone, where the list is not beside its detail. */
  readonly isBackForPhones?: boolean;
  /** A line under the title. */
  readonly children?: ReactNode;
  /** At the right. */
  readonly aside?: ReactNode;
  readonly isHidden?: boolean;
  /** False while another heading, beside it, says where one is. */
  readonly isHere?: boolean;
}

/** Says where one is: in the page, in the tab's title, and to a screen reader by taking the focus after a navigation. */
export function PageHeading(props: PageHeadingProps) {
  const { title, backHref, isBackForPhones = false, children, aside, isHidden = false, isHere = true } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isHere) document.title = `${title} · Zava`;
  }, [title, isHere]);
  useEffect(() => {
    hasNavigated ||= window.location.pathname !== firstPath;
    if (isHere && hasNavigated) heading.current?.focus({ preventScroll: true });
  }, [isHere]);
  const name = (
    <h1
      ref={heading}
      tabIndex={-1}
      // It takes the focus so that reading goes on from here; a ring would promise that it can be pressed.
      style={{ outline: 'none' }}
      className={isHidden ? 'sr-only' : 'text-2xl leading-tight font-semibold'}
    >
      {title}
    </h1>
  );
  if (isHidden) return name;
  return (
    <header className="mb-5 flex items-start gap-2">
      {backHref !== undefined && (
        <Link
          href={backHref}
          aria-label={words.back}
          className={`-ml-2 inline-flex size-11 shrink-0 items-center justify-center rounded-xl ${isBackForPhones ? 'md:hidden' : ''}`}
        >
          <ArrowLeft aria-hidden className="size-6" />
        </Link>
      )}
      <div className="min-w-0 flex-1 pt-1.5">
        {name}
        {children}
      </div>
      {aside}
    </header>
  );
}
