// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <format>
#include <string>
#include <vector>

#include "common/base/file.hpp"
#include "common/rego/engine.hpp"

namespace redoubt::rego {
namespace {

/// A policy that must not load, and what is to be said about it.
struct RefusedCase {
    std::string file;
    std::size_t number = 0;
    RegoVersion version = RegoVersion::v1;
    std::string code;
    std::string message;
    std::string text;
    std::uint32_t row = 0;
    std::uint32_t column = 0;
};

constexpr std::string_view k_mark = "\u00ab";

void place_mark(RefusedCase& one) {
    const bool whole =
        one.text.starts_with("package") || one.text.starts_with("«package") || one.text.contains("\npackage");
    if (!whole) one.text = "package t\n" + one.text;
    const std::size_t at = one.text.find(k_mark);
    if (at == std::string::npos) return;
    one.text.erase(at, k_mark.size());
    one.row = 1;
    std::size_t line = 0;
    for (std::size_t i = 0; i < at; ++i) {
        if (one.text[i] != '\n') continue;
        ++one.row;
        line = i + 1;
    }
    one.column = static_cast<std::uint32_t>(at - line + 1);
}

RefusedCase read_header(std::string_view line) {
    RefusedCase one;
    line.remove_prefix(4);
    if (line.starts_with("v0 ")) {
        one.version = RegoVersion::v0;
        line.remove_prefix(3);
    }
    const std::size_t space = line.find(' ');
    one.code = line.substr(0, space);
    if (space != std::string_view::npos) one.message = line.substr(space + 1);
    return one;
}

std::vector<RefusedCase> read_cases(const std::filesystem::path& file) {
    std::vector<RefusedCase> cases;
    const std::string text = read_file(file).value();
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        const std::string_view line(text.data() + start, end - start);
        start = end + 1;
        if (line.starts_with("=== ")) {
            cases.push_back(read_header(line));
            cases.back().file = file.filename().string();
            cases.back().number = cases.size();
        } else if (!cases.empty()) {
            cases.back().text += std::string(line) + "\n";
        }
    }
    for (RefusedCase& one : cases) {
        while (one.text.ends_with('\n')) one.text.pop_back();
        place_mark(one);
    }
    return cases;
}

void expect_refused(const RefusedCase& one) {
    SCOPED_TRACE(std::format("{} case {}:\n{}", one.file, one.number, one.text));
    EngineOptions options;
    options.compile.version = one.version;
    const auto engine = Engine::build({{"p.rego", one.text}}, std::move(options));
    if (engine) {
        ADD_FAILURE() << "was accepted";
        return;
    }
    bool found = false;
    for (const Diagnostic& diagnostic : engine.error()) {
        const bool placed = one.row == 0 || (diagnostic.row == one.row && diagnostic.column == one.column);
        found = found ||
                (name_of(diagnostic.code) == one.code && diagnostic.message.contains(one.message) && placed);
    }
    EXPECT_TRUE(found) << "wanted " << one.code << " '" << one.message << "' at " << one.row << ":"
                       << one.column << "\ngot\n"
                       << render(engine.error());
}

std::filesystem::path refused_folder() {
    const char* source = std::getenv("REDOUBT_SOURCE");
    return std::filesystem::path(source == nullptr ? "." : source) / "tests/unit/common/rego/refused";
}

class Refused : public testing::TestWithParam<const char*> {};

TEST_P(Refused, NamesTheCodeAndThePlaceOfEachMistake) {
    const std::vector<RefusedCase> cases = read_cases(refused_folder() / GetParam());
    ASSERT_FALSE(cases.empty());
    for (const RefusedCase& one : cases) expect_refused(one);
}

INSTANTIATE_TEST_SUITE_P(Files, Refused,
                         testing::Values("parse.txt", "names.txt", "safety.txt", "calls.txt", "recursion.txt",
                                         "v0.txt"));

TEST(RefusedSuite, HasAtLeastTwoHundredAndFiftyCases) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(refused_folder()))
        count += read_cases(entry.path()).size();
    EXPECT_GE(count, 250U);
}

} // namespace
} // namespace redoubt::rego
