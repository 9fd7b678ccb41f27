// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/container_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace redoubt::node::launch {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

using Words = std::vector<std::string>;

ContainerConfig make_request() {
    ContainerConfig request;
    request.id = ContainerId("0123456789abcdef");
    return request;
}

ImageConfig make_image() {
    return {.name = "app:1", .environment = {}, .entrypoint = {"/entry"}, .command = {"cmd"}, .user = {}};
}

template <class Change>
Result<oci::Spec> make(Change change) {
    auto request = make_request();
    auto image = make_image();
    change(request, image);
    return make_container_spec(request, image, "/box");
}

template <class Change>
Words arguments_of(Change change) {
    const auto spec = make(change);
    return spec ? spec->process.args : Words{spec.error().message};
}

template <class Change>
std::string error_of(Change change) {
    const auto spec = make(change);
    return spec ? "accepted" : spec.error().message;
}

TEST(ContainerSpec, JoinsEntrypointAndCommandAsPodmanDoes) {
    EXPECT_EQ(arguments_of([](auto&, auto&) {}), (Words{"/entry", "cmd"}));
    EXPECT_EQ(arguments_of([](auto& r, auto&) { r.command = {"mine"}; }), (Words{"/entry", "mine"}));
    EXPECT_EQ(arguments_of([](auto& r, auto&) { r.entrypoint = {"/own", "-x"}; }), (Words{"/own", "-x"}));
    EXPECT_EQ(arguments_of([](auto& r, auto&) {
                  r.entrypoint = {"/own"};
                  r.command = {"mine"};
              }),
              (Words{"/own", "mine"}));
    EXPECT_EQ(arguments_of([](auto& r, auto&) {
                  r.clear_entrypoint = true;
                  r.command = {"mine"};
              }),
              (Words{"mine"}));
    EXPECT_EQ(arguments_of([](auto& r, auto&) { r.clear_entrypoint = true; }),
              (Words{"no command or entrypoint provided, and no CMD or ENTRYPOINT from image app:1"}));
    EXPECT_EQ(arguments_of([](auto&, auto& i) {
                  i.entrypoint.clear();
                  i.command.clear();
              }),
              (Words{"no command or entrypoint provided, and no CMD or ENTRYPOINT from image app:1"}));
}

TEST(ContainerSpec, LaterEnvironmentWinsAndEachNameStandsOnce) {
    const auto spec = make([](auto& r, auto& i) {
        i.environment = {"PATH=/image", "A=image"};
        r.environment = {"A=mine", "AB=1", "EMPTY="};
        r.hostname = "h";
    });
    ASSERT_TRUE(spec) << spec.error().message;
    EXPECT_THAT(spec->process.env,
                ElementsAre("PATH=/image", "HOSTNAME=h", "container=redoubt", "A=mine", "AB=1", "EMPTY="));
}

TEST(ContainerSpec, ATerminalHasAType) {
    EXPECT_THAT(make([](auto& r, auto&) { r.terminal = true; })->process.env, Contains("TERM=xterm"));
    EXPECT_THAT(make([](auto&, auto&) {})->process.env, Not(Contains("TERM=xterm")));
    EXPECT_THAT(make([](auto& r, auto&) {
                    r.terminal = true;
                    r.environment = {"TERM=screen"};
                })->process.env,
                Contains("TERM=screen"));
}

TEST(ContainerSpec, TheCallerWinsOverTheImage) {
    const auto spec = make([](auto& r, auto& i) {
        i.user = "redis";
        i.working_directory = "/data";
        r.user = "1000:1000";
    });
    EXPECT_EQ(spec->process.user.username, "1000:1000");
    EXPECT_EQ(spec->process.cwd, "/data");
    EXPECT_EQ(make([](auto&, auto& i) { i.user = "redis"; })->process.user.username, "redis");
    EXPECT_EQ(make([](auto&, auto&) {})->process.cwd, "/");
    EXPECT_EQ(make([](auto&, auto&) {})->hostname, "0123456789ab");
}

TEST(ContainerSpec, LimitsAreTheKernels) {
    const auto resources = make([](auto& r, auto&) {
                               r.memory_bytes = 64U << 20U;
                               r.cpus = 0.25;
                           })->linux_part.resources;
    EXPECT_EQ(resources.memory_limit, 64 << 20);
    EXPECT_EQ(resources.memory_swap, 64 << 20);
    EXPECT_EQ(resources.cpu_quota, 25'000);
    EXPECT_EQ(resources.cpu_period, 100'000U);
    EXPECT_EQ(make([](auto&, auto&) {})->linux_part.resources.cpu_quota, 0);
}

TEST(ContainerSpec, NamesTheFieldThatIsWrong) {
    EXPECT_EQ(error_of([](auto& r, auto&) { r.environment = {"NOVALUE"}; }),
              "container: environment 'NOVALUE' is not NAME=value");
    EXPECT_EQ(error_of([](auto&, auto& i) { i.environment = {"=x"}; }),
              "image app:1: environment '=x' is not NAME=value");
    EXPECT_EQ(error_of([](auto& r, auto&) { r.working_directory = "srv"; }),
              "working directory 'srv' is not absolute");
    EXPECT_EQ(error_of([](auto& r, auto&) { r.user = "a:b:c"; }), "user 'a:b:c' is not NAME|UID[:GROUP|GID]");
    EXPECT_EQ(error_of([](auto& r, auto&) { r.user = ":adm"; }), "user ':adm' is not NAME|UID[:GROUP|GID]");
    EXPECT_EQ(error_of([](auto& r, auto&) { r.hostname = "a b"; }),
              "hostname 'a b': letters, digits, '-' and '.', at most 64");
    EXPECT_EQ(error_of([](auto& r, auto&) { r.cpus = std::numeric_limits<double>::quiet_NaN(); }),
              "cpus of nan: the least is 0.01");
    EXPECT_EQ(error_of([](auto& r, auto&) { r.cpus = 0.001; }), "cpus of 0.001: the least is 0.01");
    EXPECT_EQ(error_of([](auto& r, auto&) { r.entrypoint = {""}; }), "command: the program's name is empty");
}

TEST(ExecProcess, InheritsFromItsContainer) {
    const auto spec = make([](auto& r, auto&) {
        r.user = "redis";
        r.working_directory = "/data";
        r.environment = {"A=1", "B=1"};
    });
    const auto plain = make_exec_process(*spec, {.command = {"id"}});
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->args, Words{"id"});
    EXPECT_EQ(plain->cwd, "/data");
    EXPECT_EQ(plain->user.username, "redis");
    EXPECT_EQ(plain->env, spec->process.env);
    EXPECT_EQ(plain->capabilities.bounding, spec->process.capabilities.bounding);
    const auto own = make_exec_process(*spec, {.command = {"sh"},
                                               .environment = {"B=2"},
                                               .working_directory = "/",
                                               .user = "0",
                                               .terminal = true,
                                               .terminal_size = {.rows = 5, .columns = 6}});
    ASSERT_TRUE(own);
    EXPECT_THAT(own->env, Contains("A=1"));
    EXPECT_THAT(own->env, Contains("B=2"));
    EXPECT_THAT(own->env, Contains("TERM=xterm"));
    EXPECT_EQ(own->user.username, "0");
    EXPECT_EQ(own->cwd, "/");
    EXPECT_EQ(own->console_size.rows, 5U);
    EXPECT_EQ(make_exec_process(*spec, {}).error().message, "exec: no command");
}

} // namespace
} // namespace redoubt::node::launch
