// Charts: where marks lie, gaps, and that texts are escaped.
#include "report/svg.h"

#include <gmock/gmock.h>

#include <cmath>

#include "report/figure.h"

namespace laurel::svg_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Both axes 0 to 10; of y the labels "10" take 23.4 pixels, so that x is 23.4 to 342 and y 200 to
// 26: a unit is 31.86 by 17.4 pixels.
Chart square(std::vector<Layer> layers) {
  return {.title = "a chart",
          .x = {.label = "x", .low = 0, .high = 10},
          .y = {.label = "y", .low = 0, .high = 10},
          .layers = std::move(layers)};
}

TEST(Svg, DrawsALineThroughItsPoints) {
  EXPECT_THAT(svg_of(square({{.mark = Mark::line, .colour = 1, .x = {0, 5, 10}, .y = {0, 10, 5}}})),
              AllOf(HasSubstr("<path class=\"line c1\" d=\"M23.4 200L182.7 26L342 113\"/>"),
                    HasSubstr("role=\"img\""), HasSubstr("<title>a chart</title>")));
}

TEST(Svg, LeavesAGapWhereANumberIsNotFinite) {
  EXPECT_THAT(svg_of(square({{.mark = Mark::line, .x = {0, 5, 10}, .y = {0, NAN, 5}}})),
              HasSubstr("d=\"M23.4 200M342 113\""));
}

TEST(Svg, ClosesABandAroundItsEnds) {
  EXPECT_THAT(
      svg_of(square(
          {{.mark = Mark::band, .x = {0, 10, 10}, .low = {0, 0, NAN}, .high = {5, 10, 10}}})),
      HasSubstr("<path class=\"band c0\" d=\"M23.4 113L342 26L342 200L23.4 200Z\"/>"));
}

TEST(Svg, DrawsPointsWithTheirIntervals) {
  EXPECT_THAT(
      svg_of(square({{.mark = Mark::points, .x = {5}, .y = {5}, .low = {0}, .high = {10}}})),
      AllOf(HasSubstr("<path class=\"whisker c0\" d=\"M182.7 200V26\"/>"),
            HasSubstr("<path class=\"points c0\" d=\"M182.7 113h0\"/>")));
}

TEST(Svg, DrawsBarsFromZero) {
  EXPECT_THAT(svg_of(square({{.mark = Mark::bars, .x = {0, 5}, .y = {5, 10}, .bar_width = 5}})),
              HasSubstr("<path class=\"bars c0\" d=\"M23.4 200V113H182.7V26H342V200Z\"/>"));
}

TEST(Svg, BarsMakeAnAxisThatHoldsZeroAndTheirRightEnd) {
  Chart chart{.layers = {{.mark = Mark::bars, .x = {0, 1}, .y = {3, 4}, .bar_width = 1}}};
  const std::string svg = svg_of(chart);
  EXPECT_THAT(svg, HasSubstr(">0</text>"));
  EXPECT_THAT(svg, HasSubstr("H342V"));  // 2, the end of the axis
}

TEST(Svg, LabelsAxesWithRoundNumbers) {
  const std::string svg = svg_of(
      {.x = {.label = "step"}, .layers = {{.mark = Mark::line, .x = {0, 97}, .y = {0.31, 0.68}}}});
  for (const char* label : {">step<", ">0<", ">20<", ">100<", ">0.3<", ">0.7<"}) {
    EXPECT_THAT(svg, HasSubstr(label));
  }
}

TEST(Svg, LeavesOutWhatHasNoLogarithm) {
  Chart chart = square({{.mark = Mark::line, .x = {0, 5, 10}, .y = {1, 0, 100}}});
  chart.y = {.label = "y", .low = 1, .high = 100, .logarithmic = true};
  EXPECT_THAT(svg_of(chart), HasSubstr("M30.1 200M342 26"));
}

TEST(Svg, SaysThatThereIsNoData) {
  EXPECT_THAT(svg_of({.title = "empty"}), HasSubstr(">no data</text>"));
  EXPECT_THAT(svg_of(square({{.mark = Mark::line, .x = {}, .y = {}}})), HasSubstr("no data"));
  EXPECT_THAT(svg_of({.layers = {{.mark = Mark::line, .x = {NAN}, .y = {1}}}}),
              HasSubstr("no data"));
}

TEST(Svg, EscapesTitlesAndLabels) {
  Chart chart = square({{.mark = Mark::line, .x = {0, 10}, .y = {0, 10}}});
  chart.title = "<script>";
  chart.x.label = "a\"<b>";
  EXPECT_THAT(svg_of(chart), AllOf(HasSubstr("<title>&lt;script&gt;</title>"),
                                   HasSubstr("a&quot;&lt;b&gt;</text>"), Not(HasSubstr("<b>"))));
}

TEST(Svg, DrawsGuides) {
  Chart chart = square({{.mark = Mark::line, .x = {0, 10}, .y = {0, 10}}});
  chart.guide_y = 5;
  chart.diagonal = true;
  EXPECT_THAT(
      svg_of(chart),
      AllOf(HasSubstr("<line class=\"guide\" x1=\"23.4\" y1=\"113\" x2=\"342\" y2=\"113\"/>"),
            HasSubstr("<line class=\"guide\" x1=\"23.4\" y1=\"200\" x2=\"342\" y2=\"26\"/>")));
}

TEST(Figure, HasALegendAndACaption) {
  const std::string html = figure(square({{.mark = Mark::line, .x = {0, 10}, .y = {0, 10}}}),
                                  {{.text = "a <run>", .colour = 7, .dash = 1}}, "how & why");
  EXPECT_THAT(html, AllOf(HasSubstr("<path class=\"line dash1 c1\" d=\"M0 6H24\"/>"),
                          HasSubstr("a &lt;run&gt;</li>"),
                          HasSubstr("<figcaption>how &amp; why</figcaption>")));
}

// 160 pixels with 4 on both sides: 0.5 lies at 80.
TEST(IntervalSvg, MarksValueIntervalAndGuide) {
  EXPECT_THAT(
      interval_svg(0.5, 0.25, 0.75, {0, 1}, 1),
      AllOf(HasSubstr("d=\"M42 8H118\""), HasSubstr("d=\"M80 8h0\""), HasSubstr("x1=\"156\"")));
  EXPECT_THAT(interval_svg(0.5, NAN, NAN, {0, 1}, 1), Not(HasSubstr("whisker")));
}

}  // namespace
}  // namespace laurel::svg_test
