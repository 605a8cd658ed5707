/** Vertex AI refuses in the words of the Gemini API. */
export { readGeminiRefusal as readVertexRefusal } from '../gemini/errors.js';
