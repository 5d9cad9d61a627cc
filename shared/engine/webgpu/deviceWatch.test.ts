import { expect, it } from 'vitest';
import { watchDevice } from './deviceWatch.ts';

function createDevice() {
  let lose!: (info: GPUDeviceLostInfo) => void;
  const lost = new Promise<GPUDeviceLostInfo>((resolve) => (lose = resolve));
  const device = Object.assign(new EventTarget(), { lost }) as unknown as GPUDevice;
  return { device, lose: (message: string) => lose({ message, reason: 'unknown' } as GPUDeviceLostInfo) };
}

function uncaptured(): Event {
  return Object.assign(new Event('uncapturederror'), { error: { message: 'out of memory' } });
}

it('lets nobody wait for an answer of a device that is lost', async () => {
  const { device, lose } = createDevice();
  const watch = watchDevice(device);
  const unanswered = watch.whileAlive(new Promise(() => {}));
  expect(await watch.whileAlive(Promise.resolve(7))).toBe(7);
  watch.expectAlive();
  lose('the process is gone');
  await expect(unanswered).rejects.toThrow('the process is gone');
  expect(() => watch.expectAlive()).toThrow('the process is gone');
  await expect(watch.whileAlive(new Promise(() => {}))).rejects.toThrow('the process is gone');
});

it('hands on an answer that is an error, and tells of errors that nobody has caught until it ends', async () => {
  const { device } = createDevice();
  const watch = watchDevice(device);
  await expect(watch.whileAlive(Promise.reject(new TypeError('no buffer')))).rejects.toThrow('no buffer');
  watch.end();
  device.dispatchEvent(uncaptured());
  watch.expectAlive();
  const other = watchDevice(device);
  device.dispatchEvent(uncaptured());
  expect(() => other.expectAlive()).toThrow('out of memory');
});
