/** The drawing of a code (SVG) as an address that the pages' policy lets an image have. */
export const scan = (svg: string): string => `data:image/svg+xml,${encodeURIComponent(svg)}`;
