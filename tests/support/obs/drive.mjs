// Drives a show with obs-websocket-js: URL PASSWORD FORM, where FORM is msgpack (what the library
// takes in Node.js) or json (what it takes in browsers). Says what is wrong and exits 1, or "done".
import assert from 'node:assert/strict';

const [url, password, form] = process.argv.slice(2);
const { OBSWebSocket, EventSubscription, RequestBatchExecutionType } = await import(
  form === 'json' ? 'obs-websocket-js/json' : 'obs-websocket-js'
);

const obs = new OBSWebSocket();
/** Events that came and were not waited for yet. */
let seen = [];
let wake = () => {};
const names = [
  'CurrentProgramSceneChanged', 'CurrentPreviewSceneChanged', 'SceneListChanged', 'SceneTransitionStarted',
  'SceneTransitionEnded', 'InputMuteStateChanged', 'InputVolumeChanged', 'InputVolumeMeters', 'StreamStateChanged',
  'RecordStateChanged', 'StudioModeStateChanged', 'InputActiveStateChanged', 'CustomEvent', 'ExitStarted',
  'ConnectionClosed',
];
for (const name of names) {
  obs.on(name, (data) => {
    seen.push([name, data]);
    wake();
  });
}

/** Waits for an event, and forgets it and those before it. */
async function wait(name, wanted = () => true, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const at = seen.findIndex(([found, data]) => found === name && wanted(data));
    if (at >= 0) return seen.splice(0, at + 1).at(-1)[1];
    assert(Date.now() < end, `${name} did not come in ${seconds} s; there came ${seen.map(([found]) => found)}`);
    await new Promise((resolve) => {
      wake = resolve;
      setTimeout(resolve, 100);
    });
  }
}

const refused = (code, request, data) => assert.rejects(obs.call(request, data), { code });

await assert.rejects(new OBSWebSocket().connect(url, 'wrong'), { code: 4009 });
await assert.rejects(new OBSWebSocket().connect(url), { code: 4009 });
const hello = await obs.connect(url, password, { rpcVersion: 1, eventSubscriptions: EventSubscription.All });
assert.equal(hello.negotiatedRpcVersion, 1);

// What a button box asks first.
const version = await obs.call('GetVersion');
for (const request of ['GetStudioModeEnabled', 'GetHotkeyList', 'GetOutputList', 'GetMonitorList', 'GetReplayBufferStatus',
  'GetInputKindList', 'GetProfileList', 'GetSceneCollectionList', 'GetSpecialInputs', 'GetStreamServiceSettings',
  'GetRecordDirectory', 'GetStats', 'GetVirtualCamStatus', 'GetTransitionKindList', 'GetGroupList']) {
  assert(version.availableRequests.includes(request), request);
  assert(await obs.call(request), request);
}
const { scenes, currentProgramSceneName } = await obs.call('GetSceneList');
assert.deepEqual(scenes.map(({ sceneName }) => sceneName).reverse(), ['cam1', 'cam2', 'duo']);
assert.equal(currentProgramSceneName, 'cam1');
const { inputs } = await obs.call('GetInputList', { inputKind: null });
assert.deepEqual(inputs.map(({ inputName }) => inputName), ['cam1', 'cam2']);
const { sceneItems } = await obs.call('GetSceneItemList', { sceneName: 'duo', canvasUuid: null, unheardOf: 1 });
assert.equal(sceneItems[1].sceneItemTransform.positionX, 320);
await refused(204, 'SetVideoSettings', {});
await refused(300, 'SetCurrentProgramScene', {});
await refused(401, 'SetCurrentProgramScene', { sceneName: 7 });

// Take, preview and fade; scenes by name and by UUID.
await obs.call('SetCurrentProgramScene', { sceneName: 'cam2' });
assert.equal((await wait('CurrentProgramSceneChanged')).sceneName, 'cam2');
await obs.call('SetCurrentSceneTransition', { transitionName: 'Fade' });
await obs.call('SetCurrentSceneTransitionDuration', { transitionDuration: 200 });
const duo = scenes.find(({ sceneName }) => sceneName === 'duo');
await obs.call('SetCurrentPreviewScene', { sceneUuid: duo.sceneUuid });
assert.equal((await wait('CurrentPreviewSceneChanged')).sceneName, 'duo');
await obs.call('TriggerStudioModeTransition');
assert.equal((await wait('SceneTransitionStarted')).transitionName, 'Fade');
assert.equal((await wait('CurrentProgramSceneChanged')).sceneName, 'duo');
await wait('SceneTransitionEnded');
await obs.call('SetCurrentSceneTransition', { transitionName: 'Cut' });
await refused(402, 'SetCurrentSceneTransitionDuration', { transitionDuration: 60_000 });

// Sound, with the levels that must be asked for.
await obs.call('ToggleInputMute', { inputName: 'cam1' });
assert.equal((await wait('InputMuteStateChanged')).inputMuted, true);
await obs.call('SetInputVolume', { inputName: 'cam1', inputVolumeMul: 0.5, inputVolumeDb: null });
assert.equal((await wait('InputVolumeChanged')).inputVolumeDb.toFixed(2), '-6.02');
await refused(404, 'SetInputVolume', { inputName: 'cam1', inputVolumeMul: 1, inputVolumeDb: 0 });
assert(!seen.some(([name]) => name === 'InputVolumeMeters'));
await obs.reidentify({ eventSubscriptions: EventSubscription.All | EventSubscription.InputVolumeMeters | EventSubscription.InputActiveStateChanged });
const meters = await wait('InputVolumeMeters', ({ inputs }) => inputs.length === 2);
assert.equal(meters.inputs[0].inputLevelsMul.length, 2);
await obs.call('SetCurrentProgramScene', { sceneName: 'cam1' });
assert.equal((await wait('InputActiveStateChanged')).inputName, 'cam2');
await obs.reidentify({ eventSubscriptions: EventSubscription.All });

// A take as a panel makes it: its own transition is told.
const take = (scene, kind) => ({ vendorName: 'open-plateau', requestType: 'take', requestData: { scene, transition: { kind, duration_ms: 200 } } });
await obs.call('CallVendorRequest', take('cam2', 'wipe'));
await wait('SceneTransitionStarted', ({ transitionName }) => transitionName === 'Wipe');
await wait('SceneTransitionEnded', ({ transitionName }) => transitionName === 'Wipe');
await obs.call('CallVendorRequest', take('cam1', 'cut'));

// Several at once.
const results = await obs.callBatch(
  [
    { requestType: 'GetCurrentPreviewScene', outputVariables: { back: 'sceneName' } },
    { requestType: 'Sleep', requestData: { sleepMillis: 50 } },
    { requestId: 'take', requestType: 'SetCurrentProgramScene', inputVariables: { sceneName: 'back' } },
    { requestType: 'SetCurrentProgramScene', requestData: { sceneName: 'nowhere' } },
    { requestType: 'SetCurrentProgramScene', requestData: { sceneName: 'duo' } },
  ],
  { executionType: RequestBatchExecutionType.SerialRealtime, haltOnFailure: true },
);
assert.deepEqual(results.map(({ requestStatus }) => requestStatus.code), [100, 100, 100, 600]);
assert.equal(results[2].requestId, 'take');
const { sceneName: back } = await obs.call('GetCurrentProgramScene');
assert.equal(back, results[0].responseData.sceneName);

// Stream and recording.
assert.equal((await obs.call('GetStreamStatus')).outputActive, false);
await obs.call('StartStream');
await wait('StreamStateChanged', ({ outputState }) => outputState === 'OBS_WEBSOCKET_OUTPUT_STARTED');
assert.equal((await obs.call('ToggleRecord')).outputActive, true);
await wait('RecordStateChanged', ({ outputState }) => outputState === 'OBS_WEBSOCKET_OUTPUT_STARTED');
await new Promise((resolve) => setTimeout(resolve, 1000));
const { outputPath } = await obs.call('StopRecord');
await wait('RecordStateChanged', ({ outputState }) => outputState === 'OBS_WEBSOCKET_OUTPUT_STOPPED');
await obs.call('StopStream');
await wait('StreamStateChanged', ({ outputState }) => outputState === 'OBS_WEBSOCKET_OUTPUT_STOPPED');

// Pictures, and what that protocol has no word for.
const { imageData } = await obs.call('GetSourceScreenshot', { sourceName: 'cam2', imageFormat: 'jpg', imageWidth: 160 });
assert(imageData.startsWith('data:image/jpeg;base64,/9j/'), imageData.slice(0, 60));
const slate = (on) =>
  obs.call('CallVendorRequest', { vendorName: 'open-plateau', requestType: 'slate', requestData: { on } });
await slate(true);
await slate(false);
await refused(400, 'CallVendorRequest', { vendorName: 'open-plateau', requestType: 'explode', requestData: {} });
await obs.call('BroadcastCustomEvent', { eventData: { bell: 3 } });
assert.deepEqual(await wait('CustomEvent'), { bell: 3 });

console.log('recorded', outputPath);
// The studio's end is told before the socket goes.
console.log('waiting');
await wait('ExitStarted', () => true, 30);
await wait('ConnectionClosed');
console.log('done');
