import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A network between a browser and the studio that can fail: silent, as Wi-Fi does, or torn. */
export class Wire {
  readonly url: string;
  #pairs = new Set<[Socket, Socket]>();
  #silent = false;

  private constructor(
    private readonly server: Server,
    host: string,
    target: URL,
  ) {
    this.url = `http://${host}:${(server.address() as AddressInfo).port}`;
    server.on('connection', (near) => {
      const far = connect(Number(target.port), target.hostname);
      const pair: [Socket, Socket] = [near, far];
      this.#pairs.add(pair);
      for (const [from, to] of [pair, [far, near] as const]) {
        from.on('data', (data) => {
          if (!this.#silent) to.write(data);
        });
        from.on('close', () => {
          to.destroy();
          this.#pairs.delete(pair);
        });
        from.on('error', () => to.destroy());
      }
    });
  }

  /** From an address of this machine's to the studio. */
  static async to(url: string, host = '127.0.0.1'): Promise<Wire> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return new Wire(server, host, new URL(url));
  }

  /** Everything sent from now on is lost, and nobody is told. */
  silence(): void {
    this.#silent = true;
  }

  /** Works again; connections that lost bytes are torn. */
  restore(): void {
    this.#silent = false;
    this.tear();
  }

  /** Closes every connection. */
  tear(): void {
    this.#pairs.forEach(([near, far]) => (near.destroy(), far.destroy()));
  }

  close(): void {
    this.tear();
    this.server.close();
  }
}
