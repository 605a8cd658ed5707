// Jest loads this file outside its module system: no workspace imports, and no `.js` on relative ones.
import { running } from './running-services';

export default async function closeServices(): Promise<void> {
  await Promise.all(running.splice(0).map((service) => service.close()));
}
