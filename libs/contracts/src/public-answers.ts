import type { AnswerMetadata, ImageUsage } from './reply-parts.js';

/** `POST /images/generations`, 200. */
export interface ImagesAnswer {
  id: string;
  created: number;
  size: string;
  output_format: string;
  data: { url?: string; b64_json?: string; revised_prompt?: string }[];
  /** Only of models that are priced by token. */
  usage?: ImageUsage;
  metadata: AnswerMetadata;
}

export type VideoStatus = 'queued' | 'in_progress' | 'completed' | 'failed';

/** `POST /videos` (202) and `GET /videos/{id}` (200). Times are Unix seconds. */
export interface VideoAnswer {
  id: string;
  object: 'video';
  created_at: number;
  completed_at: number | null;
  expires_at: number | null;
  status: VideoStatus;
  progress: number;
  model: string;
  prompt: string | null;
  /** `seconds` and `size` echo the request, or the model's default. `output` has what was made. */
  seconds: string;
  size: string;
  /** The finished file. Duration and size are measured on it; null if that was not possible. */
  output: {
    url: string;
    content_type: string;
    size_bytes: number;
    duration_seconds: number | null;
    width: number | null;
    height: number | null;
  } | null;
  error: { code: string; message: string } | null;
  client_metadata: Record<string, string> | null;
  metadata: {
    model: string;
    executed_model: string;
    provider: string;
    provider_name: string;
    upstream_id?: string;
    cost_estimate?: number;
    cost?: number;
    cost_currency: 'USD';
  };
}

/** One entry of `GET /models`. */
export interface ModelAnswer {
  id: string;
  object: 'model';
  created: number;
  owned_by: string;
  name: string;
  description: string;
  creator_organization: string;
  family: string | null;
  featured: boolean;
  model_status: string;
  starting_price: number | null;
  free: boolean;
  tags: string[];
  aliases: string[];
  alternative_names: string[];
  image_url: string | null;
  /** Path below the site that lists the models. */
  model_page_path: string;
  capabilities: string[];
  modality: string;
  modes: string[];
  modalities: { input: string[]; output: string[] };
  /** In tokens, images and bytes; unknown limits are absent. */
  limits: {
    context_window?: number | undefined;
    max_output_tokens?: number | undefined;
    max_input_images?: number | undefined;
    max_input_bytes?: number | undefined;
  };
}

/** Native lists (`/v1/keys`, `/v1/requests`). The URLs are relative and keep all filters. */
export interface NativeList<T> {
  object: 'list';
  data: T[];
  next_page_url: string | null;
  previous_page_url: string | null;
}
