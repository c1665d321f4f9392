import { ArrowLeft } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { commonWords as words } from '../../words/common.ts';

/** The very first page of a visit leaves the focus where the browser puts it. */
let isFirstPage = true;

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
}

/** Says where one is: in the page, in the tab's title, and to a screen reader by taking the focus after a navigation. */
export function PageHeading({ title, backHref, isBackForPhones = false, children, aside, isHidden }: PageHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Zava`;
  }, [title]);
  useEffect(() => {
    if (!isFirstPage) heading.current?.focus({ preventScroll: true });
    isFirstPage = false;
  }, []);
  const name = (
    <h1
      ref={heading}
      tabIndex={-1}
      className={isHidden ? 'sr-only' : 'text-2xl leading-tight font-semibold outline-none'}
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
