// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

// The life of a container as Kata's shim has it, by the shim's own client, messages and conversion of specifications.
// usage: kata_client SOCKET RUN_FOLDER < config.json
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/kata-containers/kata-containers/src/runtime/virtcontainers/pkg/agent/protocols/client"
	agent "github.com/kata-containers/kata-containers/src/runtime/virtcontainers/pkg/agent/protocols/grpc"
	"github.com/opencontainers/runtime-spec/specs-go"
)

const container = "c1"

func check(what string, err error) {
	if err != nil {
		fmt.Printf("%s: %v\n", what, err)
		os.Exit(1)
	}
	fmt.Println(what)
}

// All that a process writes, and its exit code.
func outcome(ctx context.Context, kata *client.AgentClient, exec string) {
	output := []byte{}
	for {
		part, err := kata.AgentServiceClient.ReadStdout(ctx, &agent.ReadStreamRequest{ContainerId: container, ExecId: exec, Len: 4096})
		if err != nil || len(part.Data) == 0 {
			break
		}
		output = append(output, part.Data...)
	}
	waited, err := kata.AgentServiceClient.WaitProcess(ctx, &agent.WaitProcessRequest{ContainerId: container, ExecId: exec})
	check("WaitProcess", err)
	fmt.Printf("exit %d output %q\n", waited.Status, output)
}

func main() {
	ctx, run := context.Background(), os.Args[2]
	var spec specs.Spec
	check("config.json", json.NewDecoder(os.Stdin).Decode(&spec))
	kata, err := client.NewAgentClient(ctx, "remote://"+os.Args[1], 30)
	check("NewAgentClient", err)
	defer kata.Close()
	_, err = kata.HealthClient.Check(ctx, &agent.CheckRequest{})
	check("Check", err)
	version, err := kata.HealthClient.Version(ctx, &agent.CheckRequest{})
	check("Version", err)
	fmt.Printf("grpc %s\n", version.GrpcVersion)
	service := kata.AgentServiceClient
	_, err = service.CreateSandbox(ctx, &agent.CreateSandboxRequest{SandboxId: "sb", Hostname: "kata"})
	check("CreateSandbox", err)
	details, err := service.GetGuestDetails(ctx, &agent.GuestDetailsRequest{MemBlockSize: true, MemHotplugProbe: true})
	check("GetGuestDetails", err)
	fmt.Printf("storage handlers %t\n", len(details.AgentDetails.StorageHandlers) > 0)
	oci, err := agent.OCItoGRPC(&spec)
	check("OCItoGRPC", err)
	rootfs := run + "/" + container + "/rootfs"
	oci.Root.Path = rootfs
	_, err = service.CreateContainer(ctx, &agent.CreateContainerRequest{
		ContainerId: container, ExecId: container, OCI: oci, SandboxPidns: false,
		Storages: []*agent.Storage{{Driver: "bind", Source: run + "/image", MountPoint: rootfs}}})
	check("CreateContainer", err)
	_, err = service.StartContainer(ctx, &agent.StartContainerRequest{ContainerId: container})
	check("StartContainer", err)
	process, err := agent.ProcessOCItoGRPC(spec.Process)
	check("ProcessOCItoGRPC", err)
	process.Args = []string{"sh", "-c", "hostname; exit 5"}
	_, err = service.ExecProcess(ctx, &agent.ExecProcessRequest{ContainerId: container, ExecId: "e1", Process: process})
	check("ExecProcess", err)
	outcome(ctx, kata, "e1")
	_, err = service.WriteStdin(ctx, &agent.WriteStreamRequest{ContainerId: container, ExecId: container, Data: []byte("line\n")})
	check("WriteStdin", err)
	_, err = service.CloseStdin(ctx, &agent.CloseStdinRequest{ContainerId: container, ExecId: container})
	check("CloseStdin", err)
	outcome(ctx, kata, container)
	_, err = service.RemoveContainer(ctx, &agent.RemoveContainerRequest{ContainerId: container})
	check("RemoveContainer", err)
	_, err = service.DestroySandbox(ctx, &agent.DestroySandboxRequest{})
	check("DestroySandbox", err)
}
