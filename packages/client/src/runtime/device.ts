/** The part of a `GPUDevice` that tells of its end. */
interface Device {
  lost: Promise<{message: string}>;
}

/**
 * Ends this worker, as its page sees it, when the GPU device is gone while it is in use: what was asked of it may never be
 * answered, and no runtime goes on without its device.
 *
 * @param inUse onnxruntime destroys the device itself when its last session is released
 */
export function watchDevice(device: unknown, inUse: () => boolean): void {
  void (device as Device | undefined)?.lost.then(({message}) => {
    if (inUse()) reportError(new Error('the GPU device was lost: ' + message));
  });
}
