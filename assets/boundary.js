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
      this.state = { error: null, known: null, falls: 0, attempt: 0, last: false, tried: props.given.value };
    }

    static getDerivedStateFromError(error) {
      return { error: error || new Error() };
    }

    static getDerivedStateFromProps({ given }, state) {
      const { error, known, falls, attempt, tried } = state;
      if (error && given.value !== tried) {
        return { error: null, known: null, falls: 0, attempt: attempt + 1, last: false, tried: given.value };
      }
      if (error && error !== known) return { known: error, falls: falls + 1, last: false };
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
      // A value may be drawn later than it comes, so that the newest is known to be good with the next.
      if (this.newest === this.state.tried) this.newest = this.before;
      // Not at once: what throws where an error is being shown goes to Dash's boundary, for good.
      if (this.state.falls === 1 && this.newest !== undefined) this.setState({ last: true });
    }

    componentWillUnmount() {
      if (this.slot) cc.setBroken(this.slot, this.props.given.id, null);
    }

    settle() {
      if (this.state.error) return;
      const { value } = this.props.given;
      if (value !== this.newest) [this.before, this.newest] = [this.newest, value];
      if (this.slot) cc.setBroken(this.slot, this.props.given.id, null);
      this.slot = null;
    }

    render() {
      const { given, draw } = this.props;
      const { error, attempt, last } = this.state;
      if (!error) return createElement(draw, { ...given, key: attempt });
      if (last) return createElement(draw, { ...given, value: this.newest, key: `last-${attempt}` });
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
