import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default defineConfig(
  globalIgnores(['dist', 'test-results', 'src/protocol.ts']),
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  svelte.configs.recommended,
  // Layout is Prettier's affair.
  svelte.configs.prettier,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: {
        project: ['./tsconfig.json', './tsconfig.node.json'],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      eqeqeq: 'error',
      // A name that begins with _ says that it is not used.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Handlers are short: `() => (open = true)`, `() => desk.undo()`.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // `void value;` names what an $effect follows.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // An index below the length; what the page's state guarantees where the compiler does not see it.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // The types of the DOM claim that every browser has every interface, also without a secure context; and the
      // rule does not see what changes while a function waits.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Texts by place are a plain object.
      '@typescript-eslint/no-dynamic-delete': 'off',
      // Built-in sets, maps and dates here are values that are made anew, never changed in a $state.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  { files: ['**/*.svelte', '**/*.svelte.ts'], languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } } },
  {
    // The parser knows the types of a component's attributes only in part; svelte-check knows them all.
    files: ['**/*.svelte'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    // Playwright's fixtures: `{}` asks for no other fixture, `void` is one without a value.
    files: ['tests/**'],
    rules: {
      'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }],
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  { files: ['*.js'], extends: [ts.configs.disableTypeChecked] },
);
