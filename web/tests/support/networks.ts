import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const START_MS = 10_000;

/** A server's program with a configuration of its own, on a free port of the loopback. */
class Server {
  #child?: ChildProcess;

  protected constructor(
    private readonly folder: string,
    protected readonly port: number,
  ) {}

  protected static async place(): Promise<[folder: string, port: number]> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    return [mkdtempSync(join(tmpdir(), 'plateau-network-')), port];
  }

  /** Starts it with the configuration as its last argument. */
  protected async run(program: string, args: string[], configuration: (folder: string) => string): Promise<this> {
    const file = join(this.folder, 'server.conf');
    writeFileSync(file, configuration(this.folder));
    const child = (this.#child = spawn(program, [...args, file], { stdio: ['ignore', 'pipe', 'pipe'] }));
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (said = (said + part.toString()).slice(-2000)));
    let missing: Error | undefined;
    child.on('error', (error) => (missing = error));
    for (const late = Date.now() + START_MS; !(await listens(this.port)); await pause(50)) {
      if (missing || child.exitCode !== null || Date.now() > late)
        throw new Error(`${program} does not listen: ${missing?.message ?? said}`);
    }
    return this;
  }

  async stop(): Promise<void> {
    if (this.#child?.pid && this.#child.exitCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => (socket.destroy(), resolve(true)));
    socket.on('error', () => resolve(false));
  });
}

/** Debian's nginx with its RTMP module: a network to go live on. */
export class RtmpServer extends Server {
  static async start(): Promise<RtmpServer> {
    const server = new RtmpServer(...(await Server.place()));
    // One process without a master, so that ending it is ending the server.
    return server.run(
      'nginx',
      ['-e', 'stderr', '-c'],
      (folder) => `load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr;
events { worker_connections 64; }
rtmp { server { listen 127.0.0.1:${server.port}; chunk_size 4096; application live { live on; publish_notify on; } } }
`,
    );
  }

  /** Where it is published to, and read with the key behind. */
  get url(): string {
    return `rtmp://127.0.0.1:${this.port}/live`;
  }
}

/** Debian's ngircd: a network to be asked on. */
export class IrcServer extends Server {
  static async start(): Promise<IrcServer> {
    const server = new IrcServer(...(await Server.place()));
    // Nobody is punished for talking fast.
    return server.run(
      '/usr/sbin/ngircd',
      ['-n', '-f'],
      () => `[Global]
Name = irc.example.net
Info = Test
AdminEMail = a@example.net
Listen = 127.0.0.1
Ports = ${server.port}
[Limits]
MaxConnectionsIP = 0
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
SyslogFacility = local1
`,
    );
  }

  get url(): string {
    return `irc://127.0.0.1:${this.port}`;
  }

  /** Somebody comes into a channel, says something, and leaves; done when the server has taken it all. */
  async say(nick: string, channel: string, text: string): Promise<void> {
    const socket = connect(this.port, '127.0.0.1');
    const send = (...lines: string[]) => socket.write(lines.map((line) => `${line}\r\n`).join(''));
    send(`NICK ${nick}`, `USER ${nick} 0 * :${nick}`);
    for await (const line of createInterface(socket)) {
      const [, word] = line.split(' ');
      if (line.startsWith('PING ')) send(`PONG ${word}`);
      else if (word === '001') send(`JOIN ${channel}`);
      else if (word === '366') send(`PRIVMSG ${channel} :${text}`, 'QUIT');
    }
  }
}
