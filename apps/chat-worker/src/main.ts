import { serve } from '@lumenfall/service-kit';
import { chatWorkerService } from './service.js';

await serve(chatWorkerService);
