/* A part that throws while it is drawn costs its own tile: the tile says so, shows what it showed last,
   and tries again with the next value. (Dash has a boundary of its own, which never tries again.) */
(() => {
  const cc = (window.cc = window.cc || {});
  const { Component, createElement, useState } = window.React;
  const SHORT = 80;

  const slotOf = (id) => {
    const node = document.getElementById(id);
    const tile = node && node.closest('.cc-tile');
    return tile ? tile.id : String(id).split('-')[0];
  };

  class Guard extends Component {
    constructor(props) {
      super(props);
      this.state = { error: null, known: null, falls: 0, attempt: 0, tried: props.given.value };
    }

    static getDerivedStateFromError(error) {
      return { error: error || new Error() };
    }

    static getDerivedStateFromProps({ given }, state) {
      const { error, known, falls, attempt, tried } = state;
      if (error && given.value !== tried) {
        return { error: null, known: null, falls: 0, attempt: attempt + 1, tried: given.value };
      }
      if (error && error !== known) return { known: error, falls: falls + 1 };
      return error ? null : { tried: given.value };
    }

    componentDidMount() {
      this.settle();
    }

    componentDidUpdate() {
      this.settle();
    }

    componentDidCatch(error) {
      this.slot = slotOf(this.props.given.id);
      const words = String((error && error.message) || error).slice(0, SHORT);
      cc.setBroken(this.slot, this.props.given.id, cc.say('显示出错：{reason}', { reason: words }));
    }

    componentWillUnmount() {
      if (this.slot) cc.setBroken(this.slot, this.props.given.id, null);
    }

    settle() {
      if (this.state.error) return;
      this.good = this.props.given.value;
      if (this.slot) cc.setBroken(this.slot, this.props.given.id, null);
      this.slot = null;
    }

    render() {
      const { given, draw } = this.props;
      const { error, falls, attempt } = this.state;
      if (!error) return createElement(draw, { ...given, key: attempt });
      if (falls === 1 && this.good !== undefined) {
        return createElement(draw, { ...given, value: this.good, key: `last-${attempt}` });
      }
      return cc.part(given, 'broken', cc.heading(given.title), cc.DASH);
    }
  }

  cc.guarded = (draw) => (props) => createElement(Guard, { given: props, draw });

  /* For what goes wrong later than in drawing: the part fails as if it had been drawn so. */
  cc.useFail = () => {
    const [, set] = useState(null);
    return (error) => set(() => {
      throw error;
    });
  };
})();
