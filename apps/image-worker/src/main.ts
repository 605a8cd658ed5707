import { serve } from '@lumenfall/service-kit';
import { imageWorkerService } from './service.js';

await serve(imageWorkerService);
