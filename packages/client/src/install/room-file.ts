import {toKedgeError} from '@kedge/core';

/** Where room is made for what comes. @throws KedgeError `network` */
export function roomFile(): Promise<typeof import('../room.js')> {
  return import('../room.js').catch((error: unknown) => {
    throw toKedgeError(error, 'network', 'room.js');
  });
}
