/** spdx-expression-parse 5 brings no types. */
declare module 'spdx-expression-parse' {
  namespace parse {
    interface One {
      readonly license: string;
      readonly plus?: true;
      readonly exception?: string;
    }
    interface Both {
      readonly left: Expression;
      readonly conjunction: 'and' | 'or';
      readonly right: Expression;
    }
    type Expression = One | Both;
  }
  /** Throws an Error for what is no expression. */
  function parse(text: string): parse.Expression;
  export = parse;
}
