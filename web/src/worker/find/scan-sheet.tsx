import { CameraOff, ScanBarcode } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../shared/components/button.tsx';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { Field } from '../../shared/components/field.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { workerWords as words } from '../../words/worker.ts';

/** Of the browser's own, where it has one: the types of the DOM do not know it yet. */
interface BarcodeReader {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
type BarcodeReaderClass = new (options: { readonly formats: readonly string[] }) => BarcodeReader;

const FORMATS = ['code_128', 'ean_13', 'upc_a', 'qr_code'];
/** Several looks a second find a label at once, and leave the phone cool. */
const LOOK_MS = 150;

const readerClass = (): BarcodeReaderClass | undefined =>
  (window as unknown as { BarcodeDetector?: BarcodeReaderClass }).BarcodeDetector;

interface ScanSheetProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onRead: (code: string) => void;
}

export function ScanSheet({ isOpen, onClose, onRead }: ScanSheetProps) {
  const [typed, setTyped] = useState('');
  return (
    <Sheet title={words.scan.title} isOpen={isOpen} onClose={onClose}>
      <Camera onRead={onRead} />
      <form
        className="mt-4 flex items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim() !== '') onRead(typed.trim());
          setTyped('');
        }}
      >
        <Field
          label={words.scan.number}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          autoCapitalize="characters"
          className="flex-1"
        />
        <Button type="submit" look="primary" disabled={typed.trim() === ''}>
          {words.scan.go}
        </Button>
      </form>
    </Sheet>
  );
}

function Camera({ onRead }: { onRead: (code: string) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [isClosed, setClosed] = useState(false);
  const Reader = readerClass();
  const canRead = Reader !== undefined && navigator.mediaDevices !== undefined;
  useEffect(() => {
    if (!canRead) return;
    const reader = new Reader({ formats: FORMATS });
    let stream: MediaStream | null = null;
    let isGone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      const screen = video.current;
      const [found] = screen === null || screen.readyState < 2 ? [] : await reader.detect(screen).catch(() => []);
      if (isGone) return;
      if (found === undefined) timer = setTimeout(look, LOOK_MS);
      else onRead(found.rawValue);
    };
    navigator.mediaDevices
      .getUserMedia({ video: { facingMode: 'environment' }, audio: false })
      .then((opened) => {
        stream = opened;
        if (isGone || video.current === null) return stop();
        video.current.srcObject = opened;
        void look();
      })
      .catch(() => setClosed(true));
    const stop = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    return () => {
      isGone = true;
      clearTimeout(timer);
      stop();
    };
  }, [Reader, canRead, onRead]);

  if (!canRead) {
    return <EmptyState icon={ScanBarcode} title={words.scan.noReader.title} text={words.scan.noReader.text} />;
  }
  if (isClosed) {
    return <EmptyState icon={CameraOff} title={words.scan.noCamera.title} text={words.scan.noCamera.text} />;
  }
  return (
    <>
      <div className="relative overflow-hidden rounded-2xl bg-black">
        <video ref={video} autoPlay playsInline muted className="aspect-[4/3] w-full object-cover" />
        <div aria-hidden className="absolute inset-x-8 top-1/2 h-0.5 -translate-y-1/2 rounded bg-white/80" />
      </div>
      <p className="mt-2 text-center text-quiet">{words.scan.text}</p>
    </>
  );
}
