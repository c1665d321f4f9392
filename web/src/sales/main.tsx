import { DeviceApp } from '../shared/device/device-app.tsx';
import { mount } from '../shared/mount.tsx';
import { SalesApp } from './sales-app.tsx';

mount(
  <DeviceApp name="sales">
    <SalesApp />
  </DeviceApp>,
);
