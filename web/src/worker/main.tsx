import { DeviceApp } from '../shared/device/device-app.tsx';
import { mount } from '../shared/mount.tsx';
import { WorkerApp } from './worker-app.tsx';

mount(
  <DeviceApp name="worker">
    <WorkerApp />
  </DeviceApp>,
);
