import { StatusBar } from '../shared/device/status-bar.tsx';

export function WorkerApp() {
  return <StatusBar changesHref="/changes" />;
}
