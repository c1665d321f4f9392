import type { ReactNode } from 'react';

/** A list with its detail beside it; on a phone one of them at a time. */
export function ListDetail(props: { list: ReactNode; detail: ReactNode; isDetailChosen: boolean }) {
  return (
    <div className="md:grid md:grid-cols-[20rem_minmax(0,1fr)] xl:grid-cols-[25rem_minmax(0,1fr)]">
      <div
        className={`border-line px-4 pt-4 md:sticky md:top-11 md:block md:h-[calc(100dvh-2.75rem)] md:overflow-y-auto md:border-r md:pb-6 ${props.isDetailChosen ? 'hidden' : ''}`}
      >
        {props.list}
      </div>
      <div className={`px-4 pt-4 pb-8 md:block md:px-8 md:pt-6 ${props.isDetailChosen ? '' : 'hidden'}`}>
        {props.detail}
      </div>
    </div>
  );
}
