// The theme reads chart colours once, and draws their words in one grey for light and dark: both follow the scheme here.
window.addEventListener("load", function () {
  const variable = function (name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  };
  const paint = function () {
    const words = variable("--ob-words");
    document.querySelectorAll("canvas.chart").forEach(function (canvas) {
      const chart = Chart.getChart(canvas);
      if (!chart) {
        return;
      }
      JSON.parse(canvas.dataset.value).datasets.forEach(function (series, number) {
        const named = /^var\((.*)\)$/.exec(series.backgroundColor);
        if (named) {
          chart.data.datasets[number].backgroundColor = variable(named[1]);
        }
      });
      chart.options.plugins.legend.labels.color = words;
      chart.options.scales.x.ticks.color = words;
      chart.options.scales.y.ticks.color = words;
      chart.update();
    });
  };
  setTimeout(paint); // after the theme has drawn them
  new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["class"] });
});
