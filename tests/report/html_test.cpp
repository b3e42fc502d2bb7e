// Escaping, tables, and the contrast of the pages' colours.
#include "report/html.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

namespace laurel::html_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// WCAG 2.2, relative luminance of "#rrggbb".
double luminance(std::string_view colour) {
  const auto channel = [&](size_t at) {
    const double value = std::stoi(std::string(colour.substr(at, 2)), nullptr, 16) / 255.0;
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

double contrast(std::string_view a, std::string_view b) {
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

TEST(Contrast, IsThatOfWcag) {
  EXPECT_DOUBLE_EQ(contrast("#000000", "#ffffff"), 21);
  EXPECT_DOUBLE_EQ(contrast("#ffffff", "#ffffff"), 1);
  EXPECT_NEAR(contrast("#777777", "#ffffff"), 4.48, 0.005);  // the well-known near miss
}

TEST(Colours, HaveAContrastOfFourAndAHalfInBothSchemes) {
  for (const ColourScheme& scheme : {kLightColours, kDarkColours}) {
    std::vector<std::string_view> colours{scheme.text,  scheme.muted,   scheme.link,
                                          scheme.error, scheme.warning, scheme.note};
    colours.insert(colours.end(), scheme.series.begin(), scheme.series.end());
    for (const std::string_view colour : colours) {
      EXPECT_GE(contrast(colour, scheme.background), 4.5) << colour;
      EXPECT_GE(contrast(colour, scheme.panel), 4.5) << colour;
    }
  }
}

TEST(Page, DeclaresTheColoursThatAreTested) {
  const std::string page = html_page("t", "");
  for (const ColourScheme& scheme : {kLightColours, kDarkColours}) {
    EXPECT_THAT(page, HasSubstr("--text: " + std::string(scheme.text) + ";"));
    EXPECT_THAT(page, HasSubstr("--c5: " + std::string(scheme.series[5]) + ";"));
  }
  EXPECT_THAT(page, AllOf(HasSubstr("@media (prefers-color-scheme: dark)"),
                          HasSubstr("width=device-width"), Not(HasSubstr("<script"))));
}

TEST(Page, EscapesItsTitleAndKeepsItsBody) {
  EXPECT_THAT(html_page("a <b>", "<h1>x</h1>"),
              AllOf(HasSubstr("<title>a &lt;b&gt;</title>"), HasSubstr("<body>\n<h1>x</h1>")));
}

TEST(Escaped, LeavesNothingThatHtmlReads) {
  EXPECT_EQ(escaped("<script>alert('x')</script> & \"y\""),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;");
}

TEST(Escaped, ShowsWhatCannotBeSeen) {
  EXPECT_EQ(escaped(std::string("a\0b\x1b[31m", 8)), "a\uFFFDb\uFFFD[31m");
  EXPECT_EQ(escaped("a\u202Eb\u200Fc"), "a\\u202Eb\\u200Fc");
  EXPECT_EQ(escaped("\u05d0\u05d1 a\tb\nc"), "\u05d0\u05d1 a\tb\nc");
}

TEST(Table, RightAlignsNumbersAndEscapesTexts) {
  EXPECT_EQ(html_table({{"slice", "n"}, {"a <b>", "12"}, {"1e", "-0.5"}}),
            "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">slice</th>"
            "<th scope=\"col\">n</th></tr></thead>\n<tbody>\n"
            "<tr><td>a &lt;b&gt;</td><td class=\"n\">12</td></tr>\n"
            "<tr><td>1e</td><td class=\"n\">-0.5</td></tr>\n</tbody></table></div>\n");
}

TEST(Table, BreaksLongWords) {
  EXPECT_THAT(html_table({{"a"}, {std::string(25, 'w')}, {std::string(24, 'w') + " w"}}),
              AllOf(HasSubstr("<td class=\"long\">www"), HasSubstr("<td>www")));
}

TEST(Table, IsNothingWithoutRows) { EXPECT_EQ(html_table({{"a", "b"}}), ""); }

TEST(Digits, AreFourOrSo) {
  EXPECT_EQ(digits(0.71304), "0.7130");
  EXPECT_EQ(digits(-12.345), "-12.35");
  EXPECT_EQ(digits(123.45), "123.5");
  EXPECT_EQ(digits(150000), "150000");
  EXPECT_EQ(digits(1.25e-5), "1.25e-05");
  EXPECT_EQ(digits(0), "0");
  EXPECT_EQ(digits(NAN), "");
}

}  // namespace
}  // namespace laurel::html_test
