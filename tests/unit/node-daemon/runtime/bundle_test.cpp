// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/bundle.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "common/base/file.hpp"
#include "node-daemon/launch/host_plan.hpp"

namespace redoubt::node::runtime {
namespace {

/// REDOUBT_UPDATE_GOLDEN=1 rewrites the file instead of comparing.
void expect_golden(const std::string& name, const std::string& text) {
    const auto* const source = std::getenv("REDOUBT_SOURCE"); // NOLINT(concurrency-mt-unsafe): one thread
    ASSERT_NE(source, nullptr);
    const auto path = std::string(source) + "/tests/golden/node-daemon/runtime/" + name;
    if (std::getenv("REDOUBT_UPDATE_GOLDEN") != nullptr) { // NOLINT(concurrency-mt-unsafe)
        ASSERT_TRUE(write_file(path, text));
        return;
    }
    EXPECT_EQ(text, read_file(path).value_or("")) << "REDOUBT_UPDATE_GOLDEN=1 writes it anew";
}

oci::Spec plan_spec(launch::IsolationLevel level) {
    launch::PlanRequest request;
    request.sandbox = SandboxId("sb1");
    request.runtime_directory = "/run/redoubt/vm/sb1";
    request.container = {.id = ContainerId("0123456789abcdef"),
                         .command = {"sleep", "10"},
                         .terminal = true,
                         .memory_bytes = 64U << 20U,
                         .cpus = 1.5,
                         .terminal_size = {.rows = 24, .columns = 80}};
    request.image = {.name = "busybox", .environment = {"LANG=C"}, .entrypoint = {}, .command = {}};
    request.layers = {{.file = "/images/a.img", .root_hash = {}, .salt = {}}};
    auto plan = launch::make_host_plan(request, level, {});
    EXPECT_TRUE(plan) << plan.error().message;
    auto spec = plan.value_or(launch::LaunchPlan()).container;
    spec.process.user = {.uid = 7, .gid = 8, .additional_gids = {9}, .username = {}};
    return spec;
}

TEST(Bundle, OfAContainerAtLevelRunc) {
    expect_golden("runc.json", render_config(plan_spec(launch::IsolationLevel::runc)));
}

TEST(Bundle, OfAContainerAtLevelGvisor) {
    expect_golden("gvisor.json", render_config(plan_spec(launch::IsolationLevel::gvisor)));
}

TEST(Bundle, LimitsThatAreZeroStayAsTheyAre) {
    oci::Resources resources;
    resources.memory_limit = 1000;
    EXPECT_EQ(render_resources(resources), R"({"memory":{"limit":1000}})"
                                           "\n");
    EXPECT_EQ(render_resources({}), "{}\n");
}

TEST(Bundle, AProcessNamesNobody) {
    oci::Process process;
    process.args = {"true"};
    process.user.uid = 5;
    EXPECT_EQ(
        render_process(process),
        R"({"terminal":false,"user":{"uid":5,"gid":0},"args":["true"],"env":[],"cwd":"/","capabilities":{"bounding":[],)"
        R"("effective":[],"inheritable":[],"permitted":[],"ambient":[]},"rlimits":[],"noNewPrivileges":false})"
        "\n");
}

} // namespace
} // namespace redoubt::node::runtime
