import { serve } from '@lumenfall/service-kit';
import { sandboxService } from './service.js';

await serve(sandboxService);
