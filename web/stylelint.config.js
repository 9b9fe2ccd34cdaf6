// What is likely a mistake in a style. How styles are laid out is Prettier's affair.
export default {
  extends: ['stylelint-config-standard'],
  ignoreFiles: ['dist/**', 'node_modules/**'],
  overrides: [{ files: ['**/*.svelte'], customSyntax: 'postcss-html' }],
  reportNeedlessDisables: true,
  rules: {
    // Rules stand one below the other here, without empty lines.
    'at-rule-empty-line-before': null,
    'comment-empty-line-before': null,
    'custom-property-empty-line-before': null,
    'declaration-empty-line-before': null,
    'rule-empty-line-before': null,
    // Tablets of before 2023 do not know `(width < 700px)`.
    'media-feature-range-notation': 'prefix',
    // Safari knows these with its prefix only.
    'property-no-vendor-prefix': [true, { ignoreProperties: ['-webkit-text-size-adjust', '-webkit-user-select'] }],
    // A class that stands for a state has the state's name in the protocol, such as `on_air`.
    'selector-class-pattern': null,
    // Compares selectors that never meet in one element.
    'no-descending-specificity': null,
    'import-notation': 'string',
    'selector-pseudo-class-no-unknown': [true, { ignorePseudoClasses: ['global'] }],
    'value-keyword-case': ['lower', { camelCaseSvgKeywords: true }],
  },
};
