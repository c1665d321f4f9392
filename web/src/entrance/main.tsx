import { mount } from '../shared/mount.tsx';
import { App } from './headquarters-app.tsx';

mount(<App />);
