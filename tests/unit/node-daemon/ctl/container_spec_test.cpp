// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/container_spec.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "common/base/file.hpp"
#include "common/initdata/initdata.hpp"

namespace redoubt::ctl {
namespace {

std::optional<std::string> lookup(const std::string& name) {
    if (name == "OURS") return "from here";
    return std::nullopt;
}

pb::ContainerSpec spec_of(const RunOptions& options) {
    const auto spec = make_container_spec(options, WindowSize{24, 80}, lookup);
    EXPECT_TRUE(spec) << spec.error().message;
    return spec.value_or(pb::ContainerSpec());
}

std::string error_of(const RunOptions& options) {
    const auto spec = make_container_spec(options, std::nullopt, lookup);
    return spec ? "no error" : spec.error().message;
}

TEST(ContainerSpec, CarriesWhatTheFlagsSay) {
    RunOptions options;
    options.image = "busybox";
    options.command = {"sh", "-c", "x"};
    options.memory = "512m";
    options.cpus = 1.5;
    options.remove = true;
    options.stream = {.interactive = true, .terminal = true};
    options.labels = {"a=b=c", "bare"};
    options.annotations = {"k=v"};
    const auto spec = spec_of(options);
    EXPECT_EQ(spec.image(), "busybox");
    EXPECT_EQ(spec.command_size(), 3);
    EXPECT_EQ(spec.memory_bytes(), 512U << 20U);
    EXPECT_EQ(spec.cpus(), 1.5);
    EXPECT_TRUE(spec.auto_remove() && spec.terminal() && spec.stdin_open());
    EXPECT_EQ(spec.labels().at("a"), "b=c");
    EXPECT_EQ(spec.labels().at("bare"), "");
    EXPECT_EQ(spec.annotations().at("k"), "v");
    EXPECT_EQ(spec.terminal_rows(), 24U);
    EXPECT_EQ(spec.terminal_columns(), 80U);
}

TEST(ContainerSpec, CarriesInitdataAsThePodsAnnotation) {
    const auto file = std::filesystem::path(testing::TempDir()) / "initdata.toml";
    const std::string text = "version = '0.1.0'\nalgorithm = 'sha256'\n";
    ASSERT_TRUE(write_file(file, text));
    RunOptions options;
    options.runtime = "confidential";
    options.initdata = file;
    EXPECT_EQ(
        initdata::read_annotation(spec_of(options).annotations().at(std::string(initdata::k_annotation)))
            .value(),
        text);
    options.runtime = "";
    EXPECT_EQ(error_of(options), "--initdata is of --runtime confidential alone");
    options.runtime = "confidential";
    ASSERT_TRUE(write_file(file, "version = '0.1.0'\n"));
    EXPECT_EQ(error_of(options), "--initdata " + file.native() + ": initdata: no algorithm");
    options.initdata = "/nowhere/at/all";
    EXPECT_TRUE(error_of(options).starts_with("--initdata: ")) << error_of(options);
}

TEST(ContainerSpec, CarriesNetworksAndPorts) {
    RunOptions options;
    options.networks = {"lan", "none"};
    options.ports = {"8080:80", "127.0.0.1:53:5353/udp", "[::1]:1:65535/sctp"};
    const auto spec = spec_of(options);
    EXPECT_EQ(spec.networks_size(), 2);
    ASSERT_EQ(spec.ports_size(), 3);
    EXPECT_EQ(spec.ports(0).host_ip(), "");
    EXPECT_EQ(spec.ports(0).host_port(), 8080U);
    EXPECT_EQ(spec.ports(0).container_port(), 80U);
    EXPECT_EQ(spec.ports(0).protocol(), "tcp");
    EXPECT_EQ(spec.ports(1).host_ip(), "127.0.0.1");
    EXPECT_EQ(spec.ports(1).protocol(), "udp");
    EXPECT_EQ(spec.ports(2).host_ip(), "::1");
    EXPECT_EQ(spec.ports(2).container_port(), 65535U);
}

TEST(ContainerSpec, RefusesPortsThatCannotBe) {
    const auto of_port = [](const std::string& flag) {
        RunOptions options;
        options.ports = {flag};
        return error_of(options);
    };
    EXPECT_EQ(of_port("80"), "--publish '80': not [IP:]HOSTPORT:CONTAINERPORT[/PROTOCOL]");
    EXPECT_EQ(of_port("0:80"), "--publish '0:80': '0' is not a port from 1 to 65535");
    EXPECT_EQ(of_port("80:65536"), "--publish '80:65536': '65536' is not a port from 1 to 65535");
    EXPECT_EQ(of_port("80:80-90"), "--publish '80:80-90': '80-90' is not a port from 1 to 65535");
    EXPECT_EQ(of_port("80:80/icmp"), "--publish '80:80/icmp': protocol 'icmp' is not tcp, udp or sctp");
    EXPECT_EQ(of_port("[::1:80:80"), "--publish '[::1:80:80': ']:' is missing");
    EXPECT_EQ(of_port(""), "--publish '': not [IP:]HOSTPORT:CONTAINERPORT[/PROTOCOL]");
}

TEST(ContainerSpec, GivesNoSizeWithoutATerminal) {
    EXPECT_EQ(spec_of({}).terminal_rows(), 0U);
}

TEST(ContainerSpec, TakesABareVariableFromOurEnvironment) {
    RunOptions options;
    options.environment = {"A=1", "OURS", "NOT_SET", "EMPTY="};
    const auto spec = spec_of(options);
    ASSERT_EQ(spec.environment_size(), 3);
    EXPECT_EQ(spec.environment(1).name(), "OURS");
    EXPECT_EQ(spec.environment(1).value(), "from here");
    EXPECT_EQ(spec.environment(2).name(), "EMPTY");
    EXPECT_EQ(spec.environment(2).value(), "");
}

TEST(ContainerSpec, AnEntrypointIsAProgramOrAJsonArrayOrNone) {
    RunOptions options;
    EXPECT_FALSE(spec_of(options).without_entrypoint());
    options.entrypoint = "";
    EXPECT_TRUE(spec_of(options).without_entrypoint());
    options.entrypoint = "/bin/my prog";
    EXPECT_EQ(spec_of(options).entrypoint(0), "/bin/my prog");
    options.entrypoint = R"(["sh", "-c"])";
    EXPECT_EQ(spec_of(options).entrypoint_size(), 2);
    options.entrypoint = "[1]";
    EXPECT_EQ(error_of(options), "--entrypoint: '[1]' is not a JSON array of strings");
}

TEST(ContainerSpec, NamesTheFlagThatIsWrong) {
    RunOptions options;
    options.memory = "lots";
    EXPECT_EQ(error_of(options), "--memory: 'lots' is not a size such as 512M or 2GiB");
    options = {};
    options.cpus = -1;
    EXPECT_EQ(error_of(options), "--cpus -1: not a number of processors such as 1.5");
    options = {};
    options.environment = {"=x"};
    EXPECT_EQ(error_of(options), "--env '=x': a name is needed");
    options = {};
    options.annotations = {"bare"};
    EXPECT_EQ(error_of(options), "--annotation 'bare' is not KEY=VALUE");
    options = {};
    options.labels = {"=x"};
    EXPECT_EQ(error_of(options), "--label '=x': a key is needed");
}

TEST(PullRequest, SplitsCredentialsAtTheFirstColonAndNeverRepeatsThem) {
    const auto request = make_pull_request("busybox", {.credentials = "me:pass:word"});
    EXPECT_EQ(request->credentials().username(), "me");
    EXPECT_EQ(request->credentials().password(), "pass:word");
    EXPECT_FALSE(request->plain_http());
    EXPECT_EQ(make_pull_request("busybox", {.credentials = "secret"}).error().message,
              "--creds is not USER:PASSWORD");
    EXPECT_TRUE(make_pull_request("busybox", {.verify_tls = false})->plain_http());
}

TEST(PullRequest, ReadsTheAuthoritysCertificates) {
    std::string folder = testing::TempDir() + "certs-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    EXPECT_EQ(make_pull_request("x", {.cert_dir = folder}).error().message,
              "--cert-dir " + folder + ": no *.crt file in it");
    ASSERT_TRUE(write_file(folder + "/b.crt", "BBB"));
    ASSERT_TRUE(write_file(folder + "/a.crt", "AAA"));
    ASSERT_TRUE(write_file(folder + "/client.key", "KEY"));
    EXPECT_EQ(make_pull_request("x", {.cert_dir = folder})->ca_certificates(), "\nAAA\nBBB\n");
    EXPECT_EQ(make_pull_request("x", {.ca_file = folder + "/a.crt"})->ca_certificates(), "AAA");
    EXPECT_EQ(make_pull_request("x", {.ca_file = folder + "/none"}).error().code, Code::not_found);
    std::filesystem::remove_all(folder);
}

} // namespace
} // namespace redoubt::ctl
