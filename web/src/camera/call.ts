// One WHIP call (RFC 9725): the offer posted, the answer taken, addresses sent as they are found.

import { keep, kept } from '../common/kept';
import { answer } from '../common/request';
import { by, type Pass } from './api';

/** For the studio's answer. */
const ANSWER_MS = 5000;

/** This tab's name, so that two phones with one link do not take the place from each other. */
function device(): string {
  const known = kept('plateau.device');
  if (known) return known;
  const made = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  keep('plateau.device', made);
  return made;
}

export class Call {
  #place: string | null = null;
  #etag = '';
  #found: RTCIceCandidate[] = [];
  #ended = false;

  private constructor(
    readonly peer: RTCPeerConnection,
    private readonly pass: Pass,
  ) {}

  /** Calls; `lost` is told once when the connection has gone. */
  static async open(
    stream: MediaStream,
    slot: string,
    pass: Pass,
    servers: RTCIceServer[],
    again: boolean,
    lost: () => void,
  ): Promise<Call> {
    const peer = new RTCPeerConnection({ iceServers: servers, bundlePolicy: 'max-bundle' });
    const call = new Call(peer, pass);
    let told = false;
    const gone = () => {
      if (told || call.#ended) return;
      told = true;
      lost();
    };
    let doubt: ReturnType<typeof setTimeout> | undefined;
    peer.onconnectionstatechange = () => {
      clearTimeout(doubt);
      if (peer.connectionState === 'failed' || peer.connectionState === 'closed') gone();
      // A moment without Wi-Fi heals by itself; more does not.
      if (peer.connectionState === 'disconnected') doubt = setTimeout(gone, 1200);
    };
    peer.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate) call.#found.push(candidate);
      if (call.#place) void call.#tell();
    };
    for (const track of stream.getTracks()) peer.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
    try {
      await peer.setLocalDescription(await peer.createOffer());
      const given = await answer(`/whip/${encodeURIComponent(slot)}`, {
        ...by(pass),
        method: 'POST',
        headers: { 'Content-Type': 'application/sdp', 'Plateau-Device': device(), ...(again && { 'Plateau-Again': '1' }) },
        body: peer.localDescription!.sdp,
        patience: ANSWER_MS,
      });
      call.#place = given.headers.get('Location');
      call.#etag = given.headers.get('ETag') ?? '';
      await peer.setRemoteDescription({ type: 'answer', sdp: await given.text() });
      void call.#tell();
    } catch (error) {
      call.#ended = true;
      peer.close();
      throw error;
    }
    return call;
  }

  /** Addresses behind mDNS names are of no use to the studio, which sees where we come from. */
  async #tell(): Promise<void> {
    const found = this.#found.splice(0).filter(({ candidate }) => !candidate.includes('.local '));
    if (!found.length || !this.#place || this.#ended) return;
    const ufrag = found[0]!.usernameFragment;
    const lines = [
      ...(ufrag ? [`a=ice-ufrag:${ufrag}`] : []),
      ...found.flatMap(({ candidate, sdpMid, sdpMLineIndex }) => [
        `m=${sdpMLineIndex ? 'video' : 'audio'} 9 UDP/TLS/RTP/SAVPF 0`,
        `a=mid:${sdpMid}`,
        `a=${candidate}`,
      ]),
    ];
    await answer(this.#place, {
      ...by(this.pass),
      method: 'PATCH',
      headers: { 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': this.#etag },
      body: `${lines.join('\r\n')}\r\n`,
    }).catch(() => {});
  }

  /** Another picture in the place of the one that is sent. */
  async replace(track: MediaStreamTrack): Promise<void> {
    const sender = this.peer.getSenders().find((sender) => sender.track?.kind === track.kind || !sender.track);
    await sender?.replaceTrack(track);
  }

  /** Ends here; `goodbye` tells the studio that we don't come back. */
  close(goodbye = false): void {
    if (this.#ended) return;
    this.#ended = true;
    this.peer.close();
    if (goodbye && this.#place) void answer(this.#place, { ...by(this.pass), method: 'DELETE', keepalive: true }).catch(() => {});
  }
}
