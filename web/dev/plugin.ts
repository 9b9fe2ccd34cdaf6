import type { Plugin } from 'vite';
import { WebSocketServer } from 'ws';

import { FakeStudio } from './studio.ts';

/** A fake studio behind Vite's development server, to draw the panel against. Any PIN of four digits enters, one
 * that ends in 3 as a moderator. */
export function fakeStudio(): Plugin {
  return {
    name: 'fake-studio',
    apply: 'serve',
    configureServer(server) {
      if (process.env.VITEST) return;
      const studio = new FakeStudio();
      const sockets = new WebSocketServer({ noServer: true });
      const loggedIn = (cookie = '') => /plateau=(\w+)/.exec(cookie)?.[1];
      server.httpServer?.on('upgrade', (request, socket, head) => {
        if (request.url !== '/api/control') return;
        const role = request.headers.authorization ? 'admin' : loggedIn(request.headers.cookie);
        if (!role) return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
        sockets.handleUpgrade(request, socket, head, (client) => studio.join(client, role === 'moderator' ? role : 'admin'));
      });
      process.once('exit', () => studio.close());
      server.middlewares.use((request, _, next) => {
        if (request.url === '/panel') request.url = '/panel.html';
        next();
      });
      server.middlewares.use('/healthz', (_, response) => void response.end('{"status":"ok"}'));
      server.middlewares.use('/api/me', (request, response) => {
        response.statusCode = loggedIn(request.headers.cookie) ? 200 : 401;
        response.end('{}');
      });
      server.middlewares.use('/api/login', (request, response) => {
        let body = '';
        request.on('data', (part: Buffer) => (body += part.toString()));
        request.on('end', () => {
          const { pin } = JSON.parse(body) as { pin: string };
          if (pin.length < 4) {
            const text = { fr: 'Ce code n’est pas le bon.', en: 'That is not the code.' };
            response.statusCode = 401;
            return void response.end(JSON.stringify({ error: { code: 'wrong_pin', fault: 'operator', message: text.fr, text } }));
          }
          const role = pin.endsWith('3') ? 'moderator' : 'admin';
          response.setHeader('Set-Cookie', `plateau=${role}; Path=/; HttpOnly; SameSite=Strict`);
          response.end(JSON.stringify({ role, token: 'dev' }));
        });
      });
    },
  };
}
