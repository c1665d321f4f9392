import { StatusBar } from '../shared/device/status-bar.tsx';

export function SalesApp() {
  return <StatusBar changesHref="/changes" />;
}
