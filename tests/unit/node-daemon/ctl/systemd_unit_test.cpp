// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/systemd_unit.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/node-daemon/ctl/golden.hpp"

namespace redoubt::ctl {
namespace {

pb::InspectContainerResponse web() {
    pb::InspectContainerResponse container;
    auto& summary = *container.mutable_summary();
    summary.set_id("0123456789abcdef");
    summary.set_name("web");
    auto& spec = *container.mutable_spec();
    spec.set_image("registry.example/nginx:1");
    spec.add_command("sh");
    spec.add_command("-c");
    spec.add_command("echo \"100% of $HOME\\\"");
    auto* variable = spec.add_environment();
    variable->set_name("A");
    variable->set_value("b c");
    spec.set_memory_bytes(256U << 20U);
    spec.set_cpus(0.5);
    spec.add_entrypoint("/a");
    spec.add_entrypoint("b");
    (*spec.mutable_labels())["k"] = "v";
    spec.add_networks("redoubt");
    auto* port = spec.add_ports();
    port->set_host_ip("::1");
    port->set_host_port(8080);
    port->set_container_port(80);
    auto* volume = spec.add_mounts();
    volume->set_kind(pb::Mount::VOLUME);
    volume->set_source("site");
    volume->set_target("/srv");
    volume->set_read_only(true);
    spec.add_dropped_capabilities("ALL");
    auto* limit = spec.add_ulimits();
    limit->set_name("nofile");
    limit->set_soft(1024);
    limit->set_hard(std::numeric_limits<std::uint64_t>::max());
    return container;
}

TEST(SystemdUnit, StartsAContainerThatIsThere) {
    const auto unit = make_systemd_unit(web(), {.by_name = true, .restart_seconds = 5});
    ASSERT_TRUE(unit) << unit.error().message;
    EXPECT_EQ(unit->name, "container-web.service");
    expect_golden("systemd_start.service", unit->text);
}

TEST(SystemdUnit, MakesAContainerAnew) {
    const auto unit = make_systemd_unit(web(), {.is_new = true,
                                                .after = {"db.service"},
                                                .requires_units = {"db.service"},
                                                .environment = {"X=1 %"}});
    ASSERT_TRUE(unit) << unit.error().message;
    EXPECT_EQ(unit->name, "container-0123456789abcdef.service");
    expect_golden("systemd_new.service", unit->text);
}

TEST(SystemdUnit, RefusesWhatCannotBeAUnit) {
    EXPECT_FALSE(make_systemd_unit(web(), {.after = {"a\nExecStart=/bin/evil"}}));
    EXPECT_FALSE(make_systemd_unit(web(), {.separator = "/"}));
    auto passing = web();
    passing.mutable_spec()->set_auto_remove(true);
    EXPECT_EQ(make_systemd_unit(passing, {}).error().code, Code::failed_precondition);
    EXPECT_TRUE(make_systemd_unit(passing, {.is_new = true}));
}

} // namespace
} // namespace redoubt::ctl
