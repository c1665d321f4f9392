import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const page = (name: string) => fileURLToPath(new URL(`./${name}.html`, import.meta.url));

// One page for headquarters, one for each app that a device serves.
export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    sourcemap: false,
    rolldownOptions: { input: { index: page('index'), worker: page('worker'), sales: page('sales') } },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:4000', '/validation': 'http://127.0.0.1:4000' } },
});
