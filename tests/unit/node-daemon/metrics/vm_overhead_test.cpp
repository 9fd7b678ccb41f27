// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/metrics/vm_overhead.hpp"

#include <gtest/gtest.h>

#include "common/base/file.hpp"

namespace redoubt::node::metrics {
namespace {

TEST(VmOverhead, CountsWhatNoFileBacks) {
    EXPECT_EQ(
        parse_vmm_memory("Name:\tqemu\nVmRSS:\t     900 kB\nRssAnon:\t     300 kB\nRssFile:\t     500 kB\n"
                         "RssShmem:\t     100 kB\n"),
        400U * 1024);
}

TEST(VmOverhead, UnderstandsWhatThisKernelWrites) {
    const auto status = read_file("/proc/self/status");
    ASSERT_TRUE(status);
    const auto memory = parse_vmm_memory(*status);
    ASSERT_TRUE(memory) << memory.error().message;
    EXPECT_GT(*memory, 64U * 1024);
}

TEST(VmOverhead, SaysWhatIsMissing) {
    for (const auto* text :
         {"", "Name:\tkthreadd\n", "\nRssAnon:\tmany kB\nRssShmem:\t0 kB\n", "\nRssAnon:"}) {
        const auto memory = parse_vmm_memory(text);
        ASSERT_FALSE(memory) << text;
        EXPECT_EQ(memory.error().code, Code::invalid_argument);
        EXPECT_NE(memory.error().message.find("RssAnon"), std::string::npos);
    }
}

TEST(VmOverhead, IsTheMedianOfEachClass) {
    const auto found = overhead_of({{.runtime_class = "redoubt", .host = 100, .containers = 30},
                                    {.runtime_class = "redoubt", .host = 90, .containers = 80},
                                    {.runtime_class = "redoubt", .host = 900, .containers = 0},
                                    {.runtime_class = "redoubt-confidential", .host = 50, .containers = 60}});
    EXPECT_EQ(found, (std::map<std::string, std::uint64_t>{{"redoubt", 70}, {"redoubt-confidential", 0}}))
        << "a guest may count pages that its VMM has from a template";
}

} // namespace
} // namespace redoubt::node::metrics
