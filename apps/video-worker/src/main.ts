import { serve } from '@lumenfall/service-kit';
import { videoWorkerService } from './service.js';

await serve(videoWorkerService);
