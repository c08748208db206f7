/* AG Grid in the page's own tokens, so that both themes are one; only the desk has it. */
(() => {
  const PARAMS = {
    backgroundColor: 'var(--tile)', foregroundColor: 'var(--text)', textColor: 'var(--text)',
    headerTextColor: 'var(--quiet)', headerBackgroundColor: 'var(--tile)', chromeBackgroundColor: 'var(--tile)',
    oddRowBackgroundColor: 'var(--tile)', borderColor: 'var(--hairline)', accentColor: 'var(--series)',
    rowHoverColor: 'transparent', columnHoverColor: 'transparent', selectedRowBackgroundColor: 'transparent',
    fontFamily: 'inherit', headerFontFamily: 'inherit', fontSize: 'var(--body)', headerFontSize: 'var(--small)',
    headerFontWeight: 400, wrapperBorder: false, wrapperBorderRadius: 0, columnBorder: false,
    headerColumnResizeHandleDisplay: 'none', cellHorizontalPadding: 10, browserColorScheme: 'inherit',
  };
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {
    ccTheme: (theme) => theme.withParams(PARAMS),
  });
})();
