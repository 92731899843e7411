"""From trained weights to a bundle: conversion, gates, golden vectors."""
